import Features
import Torch
import TorchNN

/// A factorisation machine over all features of a row: a weight for each, and the dot product of each pair.
///
/// `logit = bias + sum_f w_f x_f + sum_{f<g} (v_f . v_g) x_f x_g`. A number is a feature with its value, an id one with its
/// weight (1 without), a frozen vector is projected to one field. Parameters:
/// `features.embeddings.embedding_bags.<feature>.weight` `[rows, D]` and `...<feature>:linear.weight` `[rows, 1]`,
/// `linear.weight`, `linear.bias`, `numeric.weight` `[N, D]`.
///
/// Rendle 2010, "Factorization Machines".
public final class FMRanker: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(dimension: Int = 16, initialStd: Double = 0.01) {
      self.dimension = dimension
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, hasFirstOrder: true, initialStd: initialStd)
    }
  }

  public static let modelName = "fm"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let linear: FirstOrder
  private let numeric: NumericFields?
  private let pooling: FMPooling

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
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let features = try features(batch)
    return RankerOutput(logits: try linear(features).add(pooling(features, numeric)))
  }
}
