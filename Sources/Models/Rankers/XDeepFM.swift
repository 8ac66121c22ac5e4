import Features
import Torch
import TorchNN

/// A linear model, a compressed interaction network over all vectors, and a perceptron, their scores added.
///
/// `logit = linear(x) + out(cin(v)) + mlp([v_1; ...; v_M; numbers])`; a number `x_j` is the vector `x_j u_j` in the interaction.
/// Parameters: `features...` as of ``FMRanker``, `linear.weight`, `linear.bias`, `numeric.weight` `[N, D]`, `cin.layers.<k>.weight`,
/// `out.weight`, `mlp.0`, `mlp.2`, ...
///
/// Lian et al. 2018, "xDeepFM", arXiv:1803.05170, section 3.
public final class XDeepFM: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    /// Feature maps of each layer of the interaction.
    public var cin: [Int]
    /// The sizes of the deep part's layers before the logit.
    public var hidden: [Int]
    /// The probability with which a hidden value is dropped in training.
    public var dropout: Double
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(
      dimension: Int = 16, cin: [Int] = [64, 64], hidden: [Int] = [400, 400], dropout: Double = 0,
      initialStd: Double = 0.01
    ) {
      self.dimension = dimension
      self.cin = cin
      self.hidden = hidden
      self.dropout = dropout
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .sizes("cin", \.cin, count: 1...8, each: 1...1024),
      .sizes("hidden", \.hidden, count: 1...16, each: 1...65536),
      .number("dropout", \.dropout, in: 0...0.95),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, hasFirstOrder: true, initialStd: initialStd)
    }
  }

  public static let modelName = "xdeepfm"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let linear: FirstOrder
  private let numeric: NumericFields?
  private let cin: CompressedInteraction
  private let out: Linear
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
    cin = members.add(
      "cin",
      try CompressedInteraction(
        fields: features.fieldCount + space.dense.count, dimension: configuration.dimension, maps: configuration.cin,
        generator: generator))
    out = members.add("out", try Linear(configuration.cin.reduce(0, +), 1, bias: false, generator: generator))
    mlp = members.add(
      "mlp",
      try MLP([features.width] + configuration.hidden + [1], dropout: configuration.dropout, generator: generator))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let features = try features(batch)
    let fields = try features.fields(with: numeric)
    return RankerOutput(
      logits: try mlp(features.joined()).add(linear(features)).add(out(cin(fields))))
  }
}
