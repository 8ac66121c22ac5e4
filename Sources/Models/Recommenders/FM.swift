import Torch
import TorchNN

/// A factorisation machine over the user id, the item id and the side fields of both.
///
/// `score(x) = bias + sum_f w_f x_f + sum_{f<g} (v_f . v_g) x_f x_g`. The double sum costs no more than one pass, by
/// `1/2 (|sum_f v_f x_f|^2 - sum_f |v_f x_f|^2)`. Parameters: `bias` `[1]`, `linear.weight` `[features, 1]`, `factors.weight`
/// `[features, D]`; the rows are the users, the values of the user fields, the items, the values of the item fields.
///
/// Splitting the features into those of the user and those of the item leaves a dot product between the two sums, plus
/// parts that hang on one side alone: that is how all items are ranked without a pass per pair.
///
/// Rendle 2010, "Factorization Machines".
public final class FM: Module, DotProductRecommender {
  public struct Configuration: ModelParameters {
    /// `D`.
    public var factors: Int
    /// Whether the side fields take part; without them a factorisation machine is MF with biases.
    public var useFields: Bool
    /// The standard deviation of the initial factors.
    public var initialStd: Double

    public init(factors: Int = 64, useFields: Bool = true, initialStd: Double = 0.01) {
      self.factors = factors
      self.useFields = useFields
      self.initialStd = initialStd
    }

    public init() { self.init(factors: 64) }

    public static let fields: [ParameterField<Configuration>] = [
      .integer("factors", \.factors, in: 1...4096),
      .boolean("use_fields", \.useFields),
      .number("initial_std", \.initialStd, in: 0...10),
    ]
  }

  public static let modelName = "fm"
  public static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise, .inBatchSoftmax]

  public let space: InteractionSpace
  public let configuration: Configuration
  private let userFeatures: FieldTable
  private let itemFeatures: FieldTable
  private let bias: Tensor
  private let linear: Embedding
  private let factors: Embedding

  public init(
    _ configuration: Configuration = .init(), space: InteractionSpace, sparse: Bool = false,
    generator: Generator? = nil
  ) throws {
    self.space = space
    self.configuration = configuration
    userFeatures = try FieldTable(
      entityCount: space.userCount, fields: configuration.useFields ? space.userFields : [], firstFeature: 0)
    itemFeatures = try FieldTable(
      entityCount: space.itemCount, fields: configuration.useFields ? space.itemFields : [],
      firstFeature: userFeatures.featureCount)
    let count = userFeatures.featureCount + itemFeatures.featureCount
    let members = Members()
    bias = try members.parameter("bias", Tensor.zeros([1]))
    linear = members.add("linear", try Embedding(count, 1, sparse: sparse, initialiser: .zeros))
    factors = members.add(
      "factors",
      try Embedding(
        count, configuration.factors, sparse: sparse,
        initialiser: .normal(mean: 0, std: configuration.initialStd), generator: generator))
    super.init(members)
  }

  public func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    let (user, userWeights) = try userFeatures(users)
    let (item, itemWeights) = try itemFeatures(items)
    let sums = try sums(
      features: Tensor.cat([user, item], dim: 1),
      weights: joined(userWeights, user, itemWeights, item))
    return try pooled(sums) + bias
  }

  public func userVectors(_ users: Tensor) throws -> Tensor { try vectors(userFeatures(users)) }
  public func itemVectors(_ items: Tensor) throws -> Tensor { try vectors(itemFeatures(items)) }
  public func itemVectors() throws -> Tensor { try vectors(itemFeatures.all(on: bias.device)) }
  public func itemBiases(_ items: Tensor) throws -> Tensor? { try pooled(sums(itemFeatures(items))) }
  public func itemBiases() throws -> Tensor? { try pooled(sums(itemFeatures.all(on: bias.device))) }
  public func userOffsets(_ users: Tensor) throws -> Tensor? { try pooled(sums(userFeatures(users))) + bias }

  /// The first-order sum `[B]`, and the weighted rows `[B, F, D]` of the second order.
  private typealias Sums = (first: Tensor, rows: Tensor)

  private func sums(features: Tensor, weights: Tensor?) throws -> Sums {
    let first = try linear(features).squeeze(dim: -1)
    let rows = try factors(features)
    guard let weights else { return (try first.sum(dim: [1]), rows) }
    let cast = try weights.to(dtype: rows.dtype)
    return (try first.mul(cast).sum(dim: [1]), try rows.mul(cast.unsqueeze(dim: 2)))
  }

  private func sums(_ active: (features: Tensor, weights: Tensor?)) throws -> Sums {
    try sums(features: active.features, weights: active.weights)
  }

  /// The first order plus all pairs: `[B]`.
  private func pooled(_ sums: Sums) throws -> Tensor {
    let squareOfSum = try sums.rows.sum(dim: [1]).square()
    let sumOfSquares = try sums.rows.square().sum(dim: [1])
    return try squareOfSum.sub(sumOfSquares).sum(dim: [1]).mul(0.5).add(sums.first)
  }

  private func vectors(_ active: (features: Tensor, weights: Tensor?)) throws -> Tensor {
    let rows = try factors(active.features)
    guard let weights = active.weights else { return try rows.sum(dim: [1]) }
    return try rows.mul(weights.to(dtype: rows.dtype).unsqueeze(dim: 2)).sum(dim: [1])
  }

  private func joined(_ user: Tensor?, _ userRows: Tensor, _ item: Tensor?, _ itemRows: Tensor) throws -> Tensor? {
    guard user != nil || item != nil else { return nil }
    func ones(_ rows: Tensor) throws -> Tensor { try rows.onesLike(dtype: .float32) }
    return try Tensor.cat([user ?? ones(userRows), item ?? ones(itemRows)], dim: 1)
  }
}
