import Torch
import TorchNN

/// Matrix factorisation: the dot product of a user's and an item's factors, with optional biases.
///
/// `score(u, i) = p_u . q_i + b_u + b_i + b`. Parameters: `user_factors.weight` `[users, D]`, `item_factors.weight`
/// `[items, D]`, and with biases `user_bias.weight` `[users, 1]`, `item_bias.weight` `[items, 1]`, `bias` `[1]`.
///
/// Koren, Bell and Volinsky 2009, "Matrix Factorization Techniques for Recommender Systems"; Rendle et al. 2020,
/// "Neural Collaborative Filtering vs. Matrix Factorization Revisited", arXiv:2005.09683.
public final class MF: Module, DotProductRecommender {
  public struct Configuration: ModelParameters {
    /// `D`.
    public var factors: Int
    public var biases: Bool
    /// The standard deviation of the initial factors.
    public var initialStd: Double

    public init(factors: Int = 64, biases: Bool = true, initialStd: Double = 0.1) {
      self.factors = factors
      self.biases = biases
      self.initialStd = initialStd
    }

    public init() { self.init(factors: 64) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("factors", \.factors, in: 1...4096),
      .boolean("biases", \.biases),
      .number("initial_std", \.initialStd, in: 0...10),
    ]
  }

  public static let modelName = "mf"
  public static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise, .inBatchSoftmax]

  public let space: InteractionSpace
  public let configuration: Configuration
  private let userFactors: Embedding
  private let itemFactors: Embedding
  private let userBias: Embedding?
  private let itemBias: Embedding?
  private let bias: Tensor?

  public init(
    _ configuration: Configuration = .init(), space: InteractionSpace, sparse: Bool = false,
    generator: Generator? = nil
  ) throws {
    self.space = space
    self.configuration = configuration
    let members = Members()
    let initialiser = Initialiser.normal(mean: 0, std: configuration.initialStd)
    func table(_ key: String, _ rows: Int, _ width: Int, _ initialiser: Initialiser) throws -> Embedding {
      members.add(
        key, try Embedding(rows, width, sparse: sparse, initialiser: initialiser, generator: generator))
    }
    userFactors = try table("user_factors", space.userCount, configuration.factors, initialiser)
    itemFactors = try table("item_factors", space.itemCount, configuration.factors, initialiser)
    if configuration.biases {
      userBias = try table("user_bias", space.userCount, 1, .zeros)
      itemBias = try table("item_bias", space.itemCount, 1, .zeros)
      bias = try members.parameter("bias", Tensor.zeros([1]))
    } else {
      (userBias, itemBias, bias) = (nil, nil, nil)
    }
    super.init(members)
  }

  public func userVectors(_ users: Tensor) throws -> Tensor { try userFactors(users) }
  public func itemVectors(_ items: Tensor) throws -> Tensor { try itemFactors(items) }
  public func itemVectors() throws -> Tensor { itemFactors.weight }
  public func itemBiases(_ items: Tensor) throws -> Tensor? { try itemBias?(items).squeeze(dim: 1) }
  public func itemBiases() throws -> Tensor? { try itemBias?.weight.squeeze(dim: 1) }

  public func userOffsets(_ users: Tensor) throws -> Tensor? {
    guard let userBias, let bias else { return nil }
    return try userBias(users).squeeze(dim: 1) + bias
  }
}
