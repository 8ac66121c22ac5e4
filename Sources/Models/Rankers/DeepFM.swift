import Features
import Torch
import TorchNN

/// A factorisation machine and a perceptron over the same vectors, their scores added.
///
/// `logit = fm(x) + mlp([v_1; ...; v_M; numbers])`. Parameters: those of ``FMRanker``, and `mlp.0`, `mlp.2`, ...
///
/// Guo et al. 2017, "DeepFM", arXiv:1703.04247, section 2.1.
public final class DeepFM: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    /// The sizes of the deep part's layers before the logit.
    public var hidden: [Int]
    /// The probability with which a hidden value is dropped in training.
    public var dropout: Double
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(
      dimension: Int = 16, hidden: [Int] = [400, 400, 400], dropout: Double = 0, initialStd: Double = 0.01
    ) {
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

  public static let modelName = "deepfm"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let linear: FirstOrder
  private let numeric: NumericFields?
  private let pooling: FMPooling
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
    numeric = try NumericFields(
      space, dimension: configuration.dimension, initialStd: configuration.initialStd, generator: generator
    ).map { members.add("numeric", $0) }
    pooling = FMPooling(dimension: configuration.dimension)
    mlp = members.add(
      "mlp",
      try MLP([features.width] + configuration.hidden + [1], dropout: configuration.dropout, generator: generator))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let features = try features(batch)
    return RankerOutput(logits: try mlp(features.joined()).add(linear(features)).add(pooling(features, numeric)))
  }
}
