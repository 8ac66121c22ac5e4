import Torch
import TorchNN

/// Generalised matrix factorisation: the elementwise product of two embeddings, weighted by a linear layer.
///
/// `score(u, i) = out(gu[u] * gi[i])`. Parameters: `gu.weight` `[users, F]`, `gi.weight` `[items, F]`, `out.weight` `[1, F]`,
/// `out.bias` `[1]`. As a dot product the user's side carries the weights of `out`.
///
/// He et al. 2017, "Neural Collaborative Filtering", arXiv:1708.05031, section 3.2.
public final class GMF: Module, DotProductRecommender {
  public struct Configuration: ModelParameters {
    /// `F`.
    public var factors: Int
    /// The standard deviation of the initial embeddings.
    public var initialStd: Double

    public init(factors: Int = 32, initialStd: Double = 0.01) {
      self.factors = factors
      self.initialStd = initialStd
    }

    public init() { self.init(factors: 32) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("factors", \.factors, in: 1...4096),
      .number("initial_std", \.initialStd, in: 0...10),
    ]
  }

  public static let modelName = "gmf"
  public static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise, .inBatchSoftmax]

  public let space: InteractionSpace
  public let configuration: Configuration
  private let gu: Embedding
  private let gi: Embedding
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
    gu = members.add(
      "gu", try Embedding(space.userCount, factors, sparse: sparse, initialiser: initialiser, generator: generator))
    gi = members.add(
      "gi", try Embedding(space.itemCount, factors, sparse: sparse, initialiser: initialiser, generator: generator))
    out = members.add("out", try Linear(factors, 1, generator: generator))
    tower = try PairTower(product: (gu, gi), deep: nil, mlp: nil, head: out)
    super.init(members)
  }

  public func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    if tower.isAvailable { return try tower(users: users.contiguous(), items: items.contiguous()) }
    return try out(gu(users) * gi(items)).squeeze(dim: 1)
  }

  public func userVectors(_ users: Tensor) throws -> Tensor { try gu(users) * out.weight }
  public func itemVectors(_ items: Tensor) throws -> Tensor { try gi(items) }
  public func itemVectors() throws -> Tensor { gi.weight }
  public func itemBiases(_ items: Tensor) throws -> Tensor? { nil }
  public func itemBiases() throws -> Tensor? { nil }
  public func userOffsets(_ users: Tensor) throws -> Tensor? { try out.bias?.expand([users.count]) }
}
