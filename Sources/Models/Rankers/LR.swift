import Features
import Torch
import TorchNN

/// Logistic regression: a weight for each id, each number and each value of a frozen vector.
///
/// `logit = bias + sum_f w_f x_f`. Parameters: `features.embeddings.embedding_bags.<feature>.weight` `[rows, 1]`,
/// `linear.weight` `[1, N + W]`, `linear.bias` `[1]`.
///
/// Richardson, Dominowska and Ragno 2007, "Predicting Clicks: Estimating the Click-Through Rate for New Ads".
public final class LR: Module, Ranker {
  /// It has no hyper-parameter.
  public struct Configuration: RankerParameters {
    public init() {}

    public static let fields: [ParameterField<Configuration>] = []

    public var embedding: FeatureEmbedding.Layout { FeatureEmbedding.Layout(dimension: nil, hasFirstOrder: true) }
  }

  public static let modelName = "lr"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let linear: FirstOrder

  public init(
    _ configuration: Configuration = .init(), space: FeatureSpace, tables: RankerTables = RankerTables(),
    generator: Generator? = nil
  ) throws {
    self.space = space
    self.configuration = configuration
    let members = Members()
    features = members.add(
      "features",
      try FeatureEmbedding(configuration, of: Self.modelName, space: space, tables: tables, generator: generator))
    linear = members.add("linear", try FirstOrder(space))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    RankerOutput(logits: try linear(features(batch)))
  }
}
