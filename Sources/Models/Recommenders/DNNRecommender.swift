import Torch
import TorchNN

/// User and item embeddings concatenated into a perceptron with dropout.
///
/// `score(u, i) = mlp([user_embedding[u]; item_embedding[i]])`. Parameters: `user_embedding.weight` `[users, D]`,
/// `item_embedding.weight` `[items, D]`, `mlp.0`, `mlp.3`, ..., the last of them `[1, H]`: each layer but the last is followed
/// by the activation and a dropout.
///
/// Covington, Adams and Sargin 2016, "Deep Neural Networks for YouTube Recommendations", section 4.
public final class DNNRecommender: Module, Recommender {
  public struct Configuration: ModelParameters {
    /// `D`.
    public var dimension: Int
    /// The sizes of the layers between the concatenation and the logit.
    public var hidden: [Int]
    public var activation: Activation
    /// The probability with which a hidden value is dropped in training.
    public var dropout: Double
    /// The standard deviation of the initial embeddings.
    public var initialStd: Double

    public init(
      dimension: Int = 128, hidden: [Int] = [256, 128], activation: Activation = .relu, dropout: Double = 0.1,
      initialStd: Double = 0.01
    ) {
      self.dimension = dimension
      self.hidden = hidden
      self.activation = activation
      self.dropout = dropout
      self.initialStd = initialStd
    }

    public init() { self.init(dimension: 128) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("dimension", \.dimension, in: 1...4096),
      .sizes("hidden", \.hidden, count: 1...16, each: 1...65536),
      .activation("activation", \.activation),
      .number("dropout", \.dropout, in: 0...0.95),
      .number("initial_std", \.initialStd, in: 0...10),
    ]
  }

  public static let modelName = "dnn"
  public static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise]

  public let space: InteractionSpace
  public let configuration: Configuration
  private let userEmbedding: Embedding
  private let itemEmbedding: Embedding
  private let mlp: Sequential

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
    // A dropout stands behind each activation even at probability 0: the names of the layers must not depend on it.
    var layers: [any UnaryLayer] = []
    var width = 2 * dimension
    for size in configuration.hidden {
      layers.append(try Linear(width, size, generator: generator))
      layers.append(configuration.activation)
      layers.append(try Dropout(configuration.dropout))
      width = size
    }
    layers.append(try Linear(width, 1, generator: generator))
    mlp = members.add("mlp", Sequential(layers))
    super.init(members)
  }

  public func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    try mlp(Tensor.cat([userEmbedding(users), itemEmbedding(items)], dim: 1)).squeeze(dim: 1)
  }

  public func scoreAllItems(users: Tensor) throws -> Tensor {
    try evaluating {
      try PairMLP(mlp: mlp, head: nil)
        .scoreAll(users: userEmbedding(users), items: itemEmbedding.weight, start: nil)
    }
  }
}
