import Features
import Torch
import TorchNN

/// A linear model over all features beside a perceptron over their vectors.
///
/// `logit = wide(x) + mlp([v_1; ...; v_M; numbers])`. Crosses of features that the wide part should know are columns of the
/// pipeline. Parameters: `features.embeddings.embedding_bags.<feature>.weight` `[rows, D]` and `...<feature>:linear.weight`
/// `[rows, 1]`, `linear.weight`, `linear.bias`, `mlp.0`, `mlp.2`, ...
///
/// Cheng et al. 2016, "Wide & Deep Learning for Recommender Systems", arXiv:1606.07792, section 3.
public final class WideDeep: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    /// The sizes of the deep part's layers before the logit.
    public var hidden: [Int]
    /// The probability with which a hidden value is dropped in training.
    public var dropout: Double
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(dimension: Int = 16, hidden: [Int] = [400, 400], dropout: Double = 0, initialStd: Double = 0.01) {
      self.dimension = dimension
      self.hidden = hidden
      self.dropout = dropout
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .sizes("hidden", \.hidden, count: 1...16, each: 1...65536),
      .number("dropout", \.dropout, in: 0...0.95),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, hasFirstOrder: true, initialStd: initialStd)
    }
  }

  public static let modelName = "wide-deep"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let linear: FirstOrder
  private let mlp: MLP

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
    mlp = members.add(
      "mlp",
      try MLP([features.width] + configuration.hidden + [1], dropout: configuration.dropout, generator: generator))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let features = try features(batch)
    return RankerOutput(logits: try mlp(features.joined()).add(linear(features)))
  }
}
