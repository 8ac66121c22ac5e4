import Features
import Torch
import TorchNN

/// Two perceptrons over the same features, each with a gate that chooses among them, fused by a bilinear form.
///
/// Parameters: `features.embeddings.embedding_bags.<feature>.weight` `[rows, D]`, those of ``FeatureGate`` below `gate1` and `gate2`,
/// `mlp1.0`, `mlp1.2`, ..., `mlp2.0`, ..., each followed by a ReLU, those of ``BilinearFusion`` below `fusion`.
///
/// Mao et al. 2023, "FinalMLP: An Enhanced Two-Stream MLP Model for CTR Prediction", arXiv:2304.00902.
public final class FinalMLP: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    /// The sizes of the first stream's layers.
    public var hidden1: [Int]
    /// The sizes of the second stream's layers.
    public var hidden2: [Int]
    /// Heads of the fusion; the last size of both streams is a multiple.
    public var heads: Int
    /// The hidden size of the gates that choose features for each stream; 0 for no gate.
    public var gate: Int
    /// The probability with which a hidden value is dropped in training.
    public var dropout: Double
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(
      dimension: Int = 16, hidden1: [Int] = [256, 128], hidden2: [Int] = [256, 128], heads: Int = 2, gate: Int = 64,
      dropout: Double = 0, initialStd: Double = 0.01
    ) {
      self.dimension = dimension
      self.hidden1 = hidden1
      self.hidden2 = hidden2
      self.heads = heads
      self.gate = gate
      self.dropout = dropout
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .sizes("hidden1", \.hidden1, count: 1...16, each: 1...65536),
      .sizes("hidden2", \.hidden2, count: 1...16, each: 1...65536),
      .integer("heads", \.heads, in: 1...1024),
      .integer("gate", \.gate, in: 0...65536),
      .number("dropout", \.dropout, in: 0...0.95),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, initialStd: initialStd)
    }

    public var contradictions: [ModelFault] {
      guard heads > 0 else { return [] }
      return [("hidden1", hidden1), ("hidden2", hidden2)].filter { ($0.1.last ?? 0) % heads != 0 }.map {
        ModelFault(
          kind: .outOfRange, parameter: $0.0, received: "\($0.1)",
          allowed: "a last size that is a multiple of the \(heads) heads")
      }
    }
  }

  public static let modelName = "finalmlp"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let gates: [FeatureGate]
  private let streams: [MLP]
  private let fusion: BilinearFusion

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
    gates =
      configuration.gate == 0
      ? []
      : try ["gate1", "gate2"].map { key in
        members.add(
          key,
          try FeatureGate(
            width, context: configuration.dimension, hidden: configuration.gate, generator: generator))
      }
    let sizes = [configuration.hidden1, configuration.hidden2]
    streams = try zip(["mlp1", "mlp2"], sizes).map { key, sizes in
      members.add(
        key,
        try MLP([width] + sizes, dropout: configuration.dropout, activateLast: true, generator: generator))
    }
    let widths = sizes.map { $0.last ?? width }
    fusion = members.add(
      "fusion", try BilinearFusion((widths[0], widths[1]), heads: configuration.heads, generator: generator))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    let x = try features(batch).joined()
    let inputs = gates.isEmpty ? [x, x] : try gates.map { try $0(x) }
    return RankerOutput(logits: try fusion(streams[0](inputs[0]), streams[1](inputs[1])))
  }
}
