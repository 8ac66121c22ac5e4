import Torch
import TorchNN

/// The perceptron half of neural collaborative filtering: both embeddings concatenated, halving layers, one logit.
///
/// Parameters: `mu.weight` `[users, E]`, `mi.weight` `[items, E]`, `mlp.0`, `mlp.2`, ... (each followed by a ReLU),
/// `out.weight` `[1, H]`, `out.bias` `[1]`.
///
/// He et al. 2017, "Neural Collaborative Filtering", arXiv:1708.05031, section 3.3.
public final class MLPRecommender: Module, Recommender {
  public struct Configuration: ModelParameters {
    /// `E`.
    public var factors: Int
    /// The sizes of the layers after the concatenation.
    public var hidden: [Int]
    /// The standard deviation of the initial embeddings.
    public var initialStd: Double

    public init(factors: Int = 64, hidden: [Int] = [64, 32, 16], initialStd: Double = 0.01) {
      self.factors = factors
      self.hidden = hidden
      self.initialStd = initialStd
    }

    public init() { self.init(factors: 64) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("factors", \.factors, in: 1...4096),
      .sizes("hidden", \.hidden, count: 1...16, each: 1...65536),
      .number("initial_std", \.initialStd, in: 0...10),
    ]
  }

  public static let modelName = "mlp"
  public static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise]

  public let space: InteractionSpace
  public let configuration: Configuration
  private let mu: Embedding
  private let mi: Embedding
  private let mlp: MLP
  private let out: Linear
  private let tower: PairTower

  public init(
    _ configuration: Configuration = .init(), space: InteractionSpace, sparse: Bool = false,
    generator: Generator? = nil
  ) throws {
    self.space = space
    self.configuration = configuration
    let members = Members()
    let initialiser = Initialiser.normal(mean: 0, std: configuration.initialStd)
    let factors = configuration.factors
    mu = members.add(
      "mu", try Embedding(space.userCount, factors, sparse: sparse, initialiser: initialiser, generator: generator))
    mi = members.add(
      "mi", try Embedding(space.itemCount, factors, sparse: sparse, initialiser: initialiser, generator: generator))
    mlp = members.add("mlp", try MLP([2 * factors] + configuration.hidden, activateLast: true, generator: generator))
    out = members.add("out", try Linear(configuration.hidden.last ?? 2 * factors, 1, generator: generator))
    tower = try PairTower(product: nil, deep: (mu, mi), mlp: mlp, head: out)
    super.init(members)
  }

  public func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    if tower.isAvailable { return try tower(users: users.contiguous(), items: items.contiguous()) }
    return try out(mlp(Tensor.cat([mu(users), mi(items)], dim: 1))).squeeze(dim: 1)
  }

  public func scoreAllItems(users: Tensor) throws -> Tensor {
    try evaluating {
      try PairMLP(mlp: mlp, head: (out.weight, out.bias)).scoreAll(users: mu(users), items: mi.weight, start: nil)
    }
  }
}
