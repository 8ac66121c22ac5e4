import Features
import Torch
import TorchNN

/// Layers of self-attention among the vectors of a row, then one linear layer; beside them a perceptron where `hidden` names
/// one, the paper's AutoInt+.
///
/// Parameters: `features.embeddings.embedding_bags.<feature>.weight` `[rows, D]`, `numeric.weight` `[N, D]`,
/// `attention.<l>.projection.weight`, `out.weight`, `out.bias`, `mlp.0`, `mlp.2`, ...
///
/// Song et al. 2019, "AutoInt", arXiv:1810.11921, section 4.
public final class AutoInt: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    /// Layers of attention.
    public var layers: Int
    public var heads: Int
    /// The width of a head.
    public var headDimension: Int
    /// The sizes of the perceptron's layers before the logit; none for no perceptron.
    public var hidden: [Int]
    /// The probability with which a hidden value is dropped in training.
    public var dropout: Double
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(
      dimension: Int = 16, layers: Int = 3, heads: Int = 2, headDimension: Int = 16, hidden: [Int] = [],
      dropout: Double = 0, initialStd: Double = 0.01
    ) {
      self.dimension = dimension
      self.layers = layers
      self.heads = heads
      self.headDimension = headDimension
      self.hidden = hidden
      self.dropout = dropout
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .integer("layers", \.layers, in: 1...16),
      .integer("heads", \.heads, in: 1...64),
      .integer("head_dimension", \.headDimension, in: 1...1024),
      .sizes("hidden", \.hidden, count: 0...16, each: 1...65536),
      .number("dropout", \.dropout, in: 0...0.95),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, initialStd: initialStd)
    }
  }

  public static let modelName = "autoint"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let numeric: NumericFields?
  private let attention: ModuleList<FieldAttention>
  private let out: Linear
  private let mlp: MLP?

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
    numeric = try NumericFields(
      space, dimension: configuration.dimension, initialStd: configuration.initialStd, generator: generator
    ).map { members.add("numeric", $0) }
    let width = configuration.heads * configuration.headDimension
    attention = members.add(
      "attention",
      ModuleList(
        try (0..<configuration.layers).map {
          try FieldAttention(
            $0 == 0 ? configuration.dimension : width, heads: configuration.heads,
            headDimension: configuration.headDimension, generator: generator)
        }))
    let count = features.fieldCount + space.dense.count
    out = members.add("out", try Linear(count * width, 1, generator: generator))
    mlp =
      configuration.hidden.isEmpty
      ? nil
      : members.add(
        "mlp",
        try MLP([features.width] + configuration.hidden + [1], dropout: configuration.dropout, generator: generator))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let features = try features(batch)
    let fields = try features.fields(with: numeric)
    let dimension = configuration.dimension
    let start = try fields.reshape([-1, fields.shape[1] / dimension, dimension])
    let mixed = try attention.elements.reduce(start) { try $1($0) }
    let logits = try out(mixed.flatten(startDim: 1))
    return RankerOutput(logits: try mlp.map { try logits.add($0(features.joined())) } ?? logits)
  }
}
