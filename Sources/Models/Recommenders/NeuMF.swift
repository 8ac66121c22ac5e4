import Torch
import TorchNN

/// Neural matrix factorisation: generalised matrix factorisation and a perceptron, each with embeddings of its own, joined
/// by one linear layer.
///
/// `score(u, i) = out([gu[u] * gi[i]; mlp([mu[u]; mi[i]])])`. Parameters: `gu.weight` `[users, F]`, `gi.weight` `[items, F]`,
/// `mu.weight` `[users, E]`, `mi.weight` `[items, E]`, `mlp.0`, `mlp.2`, ... (each followed by a ReLU), `out.weight`
/// `[1, F + H]`, `out.bias` `[1]`.
///
/// He et al. 2017, "Neural Collaborative Filtering", arXiv:1708.05031, section 3.4.
public final class NeuMF: Module, Recommender {
  public struct Configuration: ModelParameters {
    /// `F`.
    public var factors: Int
    /// `E`.
    public var mlpFactors: Int
    /// The sizes of the layers after the concatenation.
    public var hidden: [Int]
    /// The standard deviation of the initial embeddings.
    public var initialStd: Double

    public init(
      factors: Int = 32, mlpFactors: Int = 64, hidden: [Int] = [64, 32, 16], initialStd: Double = 0.01
    ) {
      self.factors = factors
      self.mlpFactors = mlpFactors
      self.hidden = hidden
      self.initialStd = initialStd
    }

    public init() { self.init(factors: 32) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("factors", \.factors, in: 1...4096),
      .integer("mlp_factors", \.mlpFactors, in: 1...4096),
      .sizes("hidden", \.hidden, count: 1...16, each: 1...65536),
      .number("initial_std", \.initialStd, in: 0...10),
    ]
  }

  public static let modelName = "neumf"
  public static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise]

  public let space: InteractionSpace
  public let configuration: Configuration
  private let gu: Embedding
  private let gi: Embedding
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
    func table(_ key: String, _ rows: Int, _ width: Int) throws -> Embedding {
      members.add(
        key, try Embedding(rows, width, sparse: sparse, initialiser: initialiser, generator: generator))
    }
    let (factors, mlpFactors) = (configuration.factors, configuration.mlpFactors)
    gu = try table("gu", space.userCount, factors)
    gi = try table("gi", space.itemCount, factors)
    mu = try table("mu", space.userCount, mlpFactors)
    mi = try table("mi", space.itemCount, mlpFactors)
    mlp = members.add(
      "mlp", try MLP([2 * mlpFactors] + configuration.hidden, activateLast: true, generator: generator))
    let joined = factors + (configuration.hidden.last ?? 2 * mlpFactors)
    out = members.add("out", try Linear(joined, 1, generator: generator))
    tower = try PairTower(product: (gu, gi), deep: (mu, mi), mlp: mlp, head: out)
    super.init(members)
  }

  public func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    if tower.isAvailable { return try tower(users: users.contiguous(), items: items.contiguous()) }
    let product = try gu(users) * gi(items)
    let deep = try mlp(Tensor.cat([mu(users), mi(items)], dim: 1))
    return try out(Tensor.cat([product, deep], dim: 1)).squeeze(dim: 1)
  }

  public func scoreAllItems(users: Tensor) throws -> Tensor {
    try evaluating {
      let factors = configuration.factors
      let productWeight = try out.weight.narrow(dim: 1, start: 0, length: factors)
      let deepWeight = try out.weight.narrow(dim: 1, start: factors, length: out.weight.shape[1] - factors)
      let start = try gu(users).mul(productWeight).mm(gi.weight.t())
      return try PairMLP(mlp: mlp, head: (deepWeight, out.bias))
        .scoreAll(users: mu(users), items: mi.weight, start: start)
    }
  }
}
