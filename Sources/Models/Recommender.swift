import Features
import Torch
import TorchNN

/// A model that scores (user, item) pairs.
///
/// Every recommender is a ``TorchNN/Module``, so `namedParameters()`, `stateDict()`, `train()` and `to(device:)` are its
/// own. Scores are logits: larger is better, and their sigmoid is the probability under the pointwise loss.
/// Letters: `B` pairs in a batch, `N` negatives a pair, `U` users asked for, `I` items in all.
public protocol Recommender: Module {
  /// The name in configuration files, such as `neumf`.
  static var modelName: String { get }

  /// What the model learns from; empty for a model that is not trained by gradients.
  static var objectives: Set<TrainingObjective> { get }

  /// The ids that the model was built for.
  var space: InteractionSpace { get }

  /// Scores the pairs `(batch.users[b], batch.items[b])`; differentiable.
  ///
  /// - Returns: `[B]` logits.
  func logits(_ batch: Batch) throws -> Tensor

  /// Scores the pairs `(users[b], items[b])`; differentiable.
  ///
  /// - Parameters:
  ///   - users: `[B]` int64.
  ///   - items: `[B]` int64.
  /// - Returns: `[B]` logits.
  func pairScores(users: Tensor, items: Tensor) throws -> Tensor

  /// Scores the negatives of a pairwise batch; differentiable.
  ///
  /// - Parameter batch: `negatives` is `[B, N]`.
  /// - Returns: `[B, N]` logits of `(batch.users[b], batch.negatives[b, n])`.
  /// - Throws: `ModelError` when the batch holds no negatives.
  func negativeLogits(_ batch: Batch) throws -> Tensor

  /// Scores every item for each user. The caller bounds the memory by how many users it asks for.
  ///
  /// - Parameter users: `[U]` int64.
  /// - Returns: `[U, I]` logits, without a gradient.
  func scoreAllItems(users: Tensor) throws -> Tensor
}

extension Recommender {
  public var modelName: String { Self.modelName }

  public func logits(_ batch: Batch) throws -> Tensor {
    try pairScores(users: batch.users, items: batch.items)
  }

  public func negativeLogits(_ batch: Batch) throws -> Tensor {
    guard let negatives = batch.negatives else { throw ModelError.noNegatives(modelName, batch) }
    let shape = negatives.shape
    let users = try batch.users.unsqueeze(dim: 1).expand(shape).reshape([-1])
    return try pairScores(users: users, items: try negatives.reshape([-1])).reshape(shape)
  }
}

/// What a model can learn from.
public enum TrainingObjective: String, Sendable, CaseIterable {
  /// `logits(batch)` against `batch.labels`: binary cross entropy, or squared error on ratings.
  case pointwise
  /// `logits(batch)` against `negativeLogits(batch)`: BPR or hinge.
  case pairwise
  /// `inBatchLogits(batch)`: each row's item against the items of the other rows.
  case inBatchSoftmax
  /// `nextItemLogits(histories:lengths:)` against `batch.items`: cross entropy over all items.
  case nextItem
}

/// A model whose score is a dot product of a user's and an item's vector, plus parts that hang on one of the two:
/// `score(u, i) = userVectors(u) . itemVectors()[i] + itemBiases()[i] + userOffsets(u)`.
///
/// Full ranking of such a model needs no forward pass per pair: `Retrieval.topK` takes the vectors and the item biases.
/// A user's offset moves all scores of that user alike, so it never changes a ranking.
public protocol DotProductRecommender: Recommender {
  /// - Parameter users: `[U]` int64.
  /// - Returns: `[U, D]`; differentiable.
  func userVectors(_ users: Tensor) throws -> Tensor

  /// - Parameter items: `[B]` int64.
  /// - Returns: `[B, D]`; differentiable.
  func itemVectors(_ items: Tensor) throws -> Tensor

  /// - Returns: `[I, D]`: the vectors of all items in order; differentiable.
  func itemVectors() throws -> Tensor

  /// - Returns: `[B]`: what the score of each item holds whoever asks, or nil for none; differentiable.
  func itemBiases(_ items: Tensor) throws -> Tensor?

  /// - Returns: `[I]`: the item biases of all items, or nil for none; differentiable.
  func itemBiases() throws -> Tensor?

  /// - Returns: `[U]`: what all scores of a user have in common, or nil for none; differentiable.
  func userOffsets(_ users: Tensor) throws -> Tensor?

  /// The vectors that ask, one for each row of the batch: those of its users where a model has nothing better.
  ///
  /// - Returns: `[B, D]`; differentiable.
  func queryVectors(_ batch: Batch) throws -> Tensor

  /// What the dot product is divided by in the in-batch softmax, 1 for none.
  var temperature: Double { get }
}

/// A model of what comes next, given the items a user chose so far.
///
/// `pairScores(users:items:)` and `scoreAllItems(users:)` look the users' histories up in `histories`, which the caller
/// sets from the training interactions. `logits(_:)` takes the histories of the batch where it carries them.
public protocol NextItemRecommender: Recommender {
  /// The items that each user chose, oldest first. It is data, not a weight: `stateDict()` does not hold it.
  var histories: UserHistories? { get set }

  /// The most recent items of a history that the model looks at.
  var maximumLength: Int { get }

  /// Scores every item as the next one; differentiable.
  ///
  /// - Parameters:
  ///   - histories: `[B, L]` int64 item ids, oldest first, padded at the end with any valid id.
  ///   - lengths: `[B]` int64: how many entries of each row are real, at least 1.
  /// - Returns: `[B, I]` logits.
  func nextItemLogits(histories: Tensor, lengths: Tensor) throws -> Tensor
}

/// A model that is made by counting, not by gradients.
public protocol CountingRecommender: Recommender {
  /// Replaces what the model knows by what these interactions hold.
  ///
  /// - Throws: `ModelError` for an id outside the space of the model.
  func fit(_ interactions: Interactions) throws
}
