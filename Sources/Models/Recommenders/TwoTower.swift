import Torch
import TorchNN

/// Two towers, one for users and one for items, that meet in a dot product.
///
/// Each tower is an embedding, followed by a perceptron where `hidden` is not empty. Parameters: `user_embedding.weight`
/// `[users, D]`, `item_embedding.weight` `[items, D]`, and with layers `user_tower.0`, `item_tower.0`, ...
///
/// Yi et al. 2019, "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations"; Huang et al. 2013,
/// "Learning Deep Structured Semantic Models for Web Search using Clickthrough Data".
public final class TwoTower: Module, DotProductRecommender {
  public struct Configuration: ModelParameters {
    /// `D`, the width of both embeddings, and of the result where there are no layers.
    public var dimension: Int
    /// The sizes of the layers of each tower; the last is the width of the dot product. Empty for embeddings alone.
    public var hidden: [Int]
    public var activation: Activation
    /// Whether both vectors are scaled to length 1, so that the score is a cosine.
    public var normalise: Bool
    /// What the dot product is divided by in the in-batch softmax.
    public var temperature: Double
    /// The standard deviation of the initial embeddings.
    public var initialStd: Double

    public init(
      dimension: Int = 64, hidden: [Int] = [], activation: Activation = .relu, normalise: Bool = false,
      temperature: Double = 1, initialStd: Double = 0.05
    ) {
      self.dimension = dimension
      self.hidden = hidden
      self.activation = activation
      self.normalise = normalise
      self.temperature = temperature
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 64) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .sizes("hidden", \.hidden, count: 0...16, each: 1...65536),
      .activation("activation", \.activation),
      .boolean("normalise", \.normalise),
      .number("temperature", \.temperature, in: 0.001...1000),
      .number("initial_std", \.initialStd, in: 0...10),
    ]
  }

  public static let modelName = "two-tower"
  public static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise, .inBatchSoftmax]

  public let space: InteractionSpace
  public let configuration: Configuration
  public var temperature: Double { configuration.temperature }
  private let userEmbedding: Embedding
  private let itemEmbedding: Embedding
  private let userTower: MLP?
  private let itemTower: MLP?

  public init(
    _ configuration: Configuration = .init(), space: InteractionSpace, sparse: Bool = false,
    generator: Generator? = nil
  ) throws {
    self.space = space
    self.configuration = configuration
    let members = Members()
    let initialiser = Initialiser.normal(mean: 0, std: configuration.initialStd)
    let dimension = configuration.dimension
    userEmbedding = members.add(
      "user_embedding",
      try Embedding(space.userCount, dimension, sparse: sparse, initialiser: initialiser, generator: generator))
    itemEmbedding = members.add(
      "item_embedding",
      try Embedding(space.itemCount, dimension, sparse: sparse, initialiser: initialiser, generator: generator))
    func tower(_ key: String) throws -> MLP? {
      guard !configuration.hidden.isEmpty else { return nil }
      return members.add(
        key, try MLP([dimension] + configuration.hidden, activation: configuration.activation, generator: generator))
    }
    userTower = try tower("user_tower")
    itemTower = try tower("item_tower")
    super.init(members)
  }

  public func userVectors(_ users: Tensor) throws -> Tensor { try finish(userEmbedding(users), userTower) }
  public func itemVectors(_ items: Tensor) throws -> Tensor { try finish(itemEmbedding(items), itemTower) }
  public func itemVectors() throws -> Tensor { try finish(itemEmbedding.weight, itemTower) }
  public func itemBiases(_ items: Tensor) throws -> Tensor? { nil }
  public func itemBiases() throws -> Tensor? { nil }
  public func userOffsets(_ users: Tensor) throws -> Tensor? { nil }

  private func finish(_ rows: Tensor, _ tower: MLP?) throws -> Tensor {
    let vectors = try tower?(rows) ?? rows
    guard configuration.normalise else { return vectors }
    return try vectors / vectors.linalgVectorNorm(dim: [1], keepdim: true).clampMin(min: 1e-12)
  }
}
