import Features
import Torch
import TorchNN

/// A model that predicts, from the features of a row, how likely each goal is: a click, a purchase.
///
/// Every ranker is a ``TorchNN/Module``. Letters: `B` rows, `F` categorical features, `N` numbers, `D` the embedding dimension,
/// `T` goals.
public protocol Ranker: Module {
  /// The name in configuration files, such as `dlrm`.
  static var modelName: String { get }

  /// The features that the model was built for.
  var space: FeatureSpace { get }

  /// Predicts; differentiable.
  ///
  /// - Throws: `SparseError` for an id outside its table, `ModelError` for features that the batch lacks.
  func predict(_ batch: FeatureBatch) throws -> RankerOutput
}

extension Ranker {
  public var modelName: String { Self.modelName }
}

/// What a ranker says about a batch.
public struct RankerOutput {
  /// `[B, T]`, the logits of the probabilities, a column a goal of the space.
  public var logits: Tensor
  /// `[]`, added to the loss as it stands: the balance of a gate, for one.
  public var auxiliaryLoss: Tensor?

  public init(logits: Tensor, auxiliaryLoss: Tensor? = nil) {
    self.logits = logits
    self.auxiliaryLoss = auxiliaryLoss
  }
}
