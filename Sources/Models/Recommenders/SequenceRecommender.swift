import Features
import Torch
import TorchNN

/// What a user takes next, from what the user took so far: item embedding, LSTM, the state after the last real step, and
/// a logit for every item.
///
/// Parameters: `item_embedding.weight` `[items, D]`, `lstm.weight_ih_l0` and its kin, `output.weight` `[items, H]`,
/// `output.bias` `[items]`. The score is a dot product of the LSTM's state and a row of `output`, so ranking all items takes
/// the fast way.
///
/// Hidasi et al. 2016, "Session-based Recommendations with Recurrent Neural Networks", arXiv:1511.06939; Hochreiter and
/// Schmidhuber 1997, "Long Short-Term Memory".
public final class SequenceRecommender: Module, NextItemRecommender, DotProductRecommender {
  public struct Configuration: ModelParameters {
    /// `D`.
    public var dimension: Int
    /// `H`.
    public var hidden: Int
    /// The most recent items of a history that the model looks at.
    public var maximumLength: Int
    /// The probability with which a value of the item embeddings is dropped in training.
    public var dropout: Double
    /// The standard deviation of the initial embeddings.
    public var initialStd: Double

    public init(
      dimension: Int = 128, hidden: Int = 128, maximumLength: Int = 50, dropout: Double = 0, initialStd: Double = 0.02
    ) {
      self.dimension = dimension
      self.hidden = hidden
      self.maximumLength = maximumLength
      self.dropout = dropout
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 128) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .integer("hidden", \.hidden, in: 1...8192),
      .integer("max_length", \.maximumLength, in: 1...10000),
      .number("dropout", \.dropout, in: 0...0.95),
      .number("initial_std", \.initialStd, in: 0...10),
    ]
  }

  public static let modelName = "sequence"
  public static let objectives: Set<TrainingObjective> = [.nextItem, .pointwise, .pairwise, .inBatchSoftmax]

  public let space: InteractionSpace
  public let configuration: Configuration
  public var histories: UserHistories?
  public var maximumLength: Int { configuration.maximumLength }
  private let itemEmbedding: Embedding
  private let dropout: Dropout
  private let lstm: LSTM
  private let output: Linear

  public init(
    _ configuration: Configuration = .init(), space: InteractionSpace, sparse: Bool = false,
    generator: Generator? = nil
  ) throws {
    self.space = space
    self.configuration = configuration
    let members = Members()
    itemEmbedding = members.add(
      "item_embedding",
      try Embedding(
        space.itemCount, configuration.dimension, sparse: sparse,
        initialiser: .normal(mean: 0, std: configuration.initialStd), generator: generator))
    dropout = members.add("dropout", try Dropout(configuration.dropout))
    lstm = members.add("lstm", try LSTM(configuration.dimension, configuration.hidden, generator: generator))
    output = members.add("output", try Linear(configuration.hidden, space.itemCount, generator: generator))
    super.init(members)
  }

  public func nextItemLogits(histories: Tensor, lengths: Tensor) throws -> Tensor {
    try output(state(histories: histories, lengths: lengths))
  }

  /// The state of the LSTM after the last real step.
  ///
  /// Steps after it are run and not read: an LSTM only looks back, so padding at the end cannot reach it, and the dense
  /// kernel is quicker than packing. A row of length 0 is read after its first, padded step.
  ///
  /// - Returns: `[B, H]`.
  private func state(histories: Tensor, lengths: Tensor) throws -> Tensor {
    let steps = try lstm(dropout(itemEmbedding(histories)), lengths: nil as [Int]?).output
    // A move to where the steps are would tie a trace to that device.
    let lengths = lengths.device == steps.device ? lengths : try lengths.to(device: steps.device)
    let last = try lengths.sub(1).clampMin(min: 0).view([-1, 1, 1]).expand([-1, 1, steps.shape[2]])
    return try steps.gather(dim: 1, index: last).squeeze(dim: 1)
  }

  public func queryVectors(_ batch: Batch) throws -> Tensor {
    guard let histories = batch.histories, let lengths = batch.lengths else { return try userVectors(batch.users) }
    return try state(histories: histories, lengths: lengths)
  }

  public func userVectors(_ users: Tensor) throws -> Tensor {
    guard let histories else {
      throw ModelError(
        code: .missingInput,
        message: "model \"sequence\": no history is known for \(users.count) users; set `histories` from the training "
          + "interactions first")
    }
    let (rows, lengths) = try histories.batch(of: users.ints(), maximumLength: maximumLength)
    return try state(histories: rows.to(device: users.device), lengths: lengths)
  }

  public func logits(_ batch: Batch) throws -> Tensor {
    try scores(queryVectors(batch), items: batch.items)
  }

  public func negativeLogits(_ batch: Batch) throws -> Tensor {
    guard let negatives = batch.negatives else { throw ModelError.noNegatives(modelName, batch) }
    return try scores(queryVectors(batch).unsqueeze(dim: 1), items: negatives)
  }

  private func scores(_ queries: Tensor, items: Tensor) throws -> Tensor {
    let products = try queries.mul(output.weight.embedding(indices: items)).sum(dim: [-1])
    guard let bias = try itemBiases(items) else { return products }
    return try products + bias
  }

  public func itemVectors(_ items: Tensor) throws -> Tensor { try output.weight.embedding(indices: items) }
  public func itemVectors() throws -> Tensor { output.weight }

  public func itemBiases(_ items: Tensor) throws -> Tensor? {
    try output.bias?.unsqueeze(dim: 1).embedding(indices: items).squeeze(dim: -1)
  }

  public func itemBiases() throws -> Tensor? { output.bias }
  public func userOffsets(_ users: Tensor) throws -> Tensor? { nil }
}
