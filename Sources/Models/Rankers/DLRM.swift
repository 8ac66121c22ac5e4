import Features
import Torch
import TorchNN

/// A perceptron over the numbers, the dot products of its result and all vectors, a perceptron over these.
///
/// `logit = top([z; t_i . t_j for j < i])` with `z = bottom(numbers)` and `t = (z, v_1, ..., v_M)`. Without numbers the first
/// field takes the place of `z`. Parameters: `features.embeddings.embedding_bags.<feature>.weight` `[rows, D]`, `bottom.0`,
/// `bottom.2`, ..., each followed by a ReLU, `top.0`, `top.2`, ...
///
/// Naumov et al. 2019, "Deep Learning Recommendation Model", arXiv:1906.00091, section 2.1.
public final class DLRM: Module, Ranker {
  public struct Configuration: RankerParameters {
    /// `D`.
    public var dimension: Int
    /// The sizes of the layers over the numbers, before the last of size `D`.
    public var bottom: [Int]
    /// The sizes of the layers over the interactions, before the logit.
    public var top: [Int]
    /// The standard deviation of the initial vectors.
    public var initialStd: Double

    public init(dimension: Int = 16, bottom: [Int] = [512, 256], top: [Int] = [512, 256], initialStd: Double = 0.01) {
      self.dimension = dimension
      self.bottom = bottom
      self.top = top
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 16) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .sizes("bottom", \.bottom, count: 0...16, each: 1...65536),
      .sizes("top", \.top, count: 0...16, each: 1...65536),
      .number("initial_std", \.initialStd, in: 0...10),
    ]

    public var embedding: FeatureEmbedding.Layout {
      FeatureEmbedding.Layout(dimension: dimension, initialStd: initialStd)
    }
  }

  public static let modelName = "dlrm"

  public let space: FeatureSpace
  public let configuration: Configuration
  private let features: FeatureEmbedding
  private let bottom: MLP?
  private let interaction: DotInteraction
  private let top: MLP

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
    let dimension = configuration.dimension
    bottom =
      space.dense.isEmpty
      ? nil
      : members.add(
        "bottom",
        try MLP([space.dense.count] + configuration.bottom + [dimension], activateLast: true, generator: generator))
    let others = space.dense.isEmpty ? features.fieldCount - 1 : features.fieldCount
    interaction = DotInteraction(fields: others, dimension: dimension)
    top = members.add("top", try MLP([interaction.width] + configuration.top + [1], generator: generator))
    super.init(members)
  }

  public func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    var numbers: Tensor?
    let features = try features(batch) { numbers = try bottom?($0) }
    guard let numbers else {
      let dimension = configuration.dimension
      let others = features.fields.shape[1] - dimension
      let first = try features.fields.narrow(dim: 1, start: 0, length: dimension)
      let rest = try features.fields.narrow(dim: 1, start: dimension, length: others)
      return RankerOutput(logits: try top(interaction(first, rest)))
    }
    return RankerOutput(logits: try top(interaction(numbers, features.fields)))
  }
}
