import Features
import Torch
import TorchNN

/// A cross network, whose layers multiply features explicitly, with a perceptron behind it or beside it.
///
/// Stacked: `logit = out(mlp(cross(x)))`; parallel: `logit = out([cross(x); mlp(x)])`, with `x` the vectors and the numbers.
/// Parameters: `features.embeddings.embedding_bags.<feature>.weight` `[rows, D]`, those of ``CrossNetwork`` below `cross`, `mlp.0`,
/// `mlp.2`, ..., each followed by a ReLU, `out.weight`, `out.bias`.
///
/// Wang et al. 2021, "DCN V2", arXiv:2008.13535, section 3.
public final class DCNv2: Module, Ranker {
  /// Where the perceptron stands.
  public enum Structure: String, Sendable, CaseIterable {
    case stacked, parallel
  }

  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    /// Crosses.
    public var layers: Int
    /// The rank of the crosses' weights; 0 for full ones.
    public var rank: Int
    public var structure: Structure
    /// The sizes of the deep part's layers before the logit.
    public var hidden: [Int]
    /// The probability with which a hidden value is dropped in training.
    public var dropout: Double
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(
      dimension: Int = 16, layers: Int = 3, rank: Int = 0, structure: Structure = .stacked, hidden: [Int] = [256, 128],
      dropout: Double = 0, initialStd: Double = 0.01
    ) {
      self.dimension = dimension
      self.layers = layers
      self.rank = rank
      self.structure = structure
      self.hidden = hidden
      self.dropout = dropout
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .integer("layers", \.layers, in: 1...16),
      .integer("rank", \.rank, in: 0...65536),
      .choice("structure", \.structure),
      .sizes("hidden", \.hidden, count: 1...16, each: 1...65536),
      .number("dropout", \.dropout, in: 0...0.95),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, initialStd: initialStd)
    }
  }

  public static let modelName = "dcn-v2"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let cross: CrossNetwork
  private let mlp: MLP
  private let out: Linear

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
    let width = features.width
    cross = members.add(
      "cross",
      try CrossNetwork(
        width, layers: configuration.layers, rank: configuration.rank == 0 ? nil : configuration.rank,
        generator: generator))
    mlp = members.add(
      "mlp",
      try MLP(
        [width] + configuration.hidden, dropout: configuration.dropout, activateLast: true, generator: generator))
    let deep = configuration.hidden.last ?? width
    out = members.add(
      "out", try Linear(configuration.structure == .stacked ? deep : width + deep, 1, generator: generator))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let x = try features(batch).joined()
    let crossed = try cross(x)
    switch configuration.structure {
    case .stacked: return RankerOutput(logits: try out(mlp(crossed)))
    case .parallel: return RankerOutput(logits: try out(Tensor.cat([crossed, mlp(x)], dim: 1)))
    }
  }
}
