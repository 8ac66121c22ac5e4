import Features
import Torch
import TorchNN

/// A factorisation machine over the user id, the item id and the side fields of both.
///
/// `score(x) = bias + sum_f w_f x_f + sum_{f<g} (v_f . v_g) x_f x_g`. The double sum costs no more than one pass, by
/// `1/2 (|sum_f v_f x_f|^2 - sum_f |v_f x_f|^2)`. Parameters: `bias` `[1]`, `linear.weight` `[features, 1]`, `factors.weight`
/// `[features, D]`; the rows are the users, the values of the user fields, the items, the values of the item fields.
///
/// Splitting the features into those of the user and those of the item leaves a dot product between the two sums, plus
/// parts that hang on one side alone: that is how all items are ranked without a pass per pair, and how a batch is
/// trained with one sum for each distinct user and item instead of one for each pair.
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
  private let table: FieldTable
  private let bias: Tensor
  private let linear: Embedding
  private let factors: Embedding

  public init(
    _ configuration: Configuration = .init(), space: InteractionSpace, sparse: Bool = false,
    generator: Generator? = nil
  ) throws {
    self.space = space
    self.configuration = configuration
    table = try FieldTable(
      userCount: space.userCount, itemCount: space.itemCount,
      userFields: configuration.useFields ? space.userFields : [],
      itemFields: configuration.useFields ? space.itemFields : [])
    let count = table.featureCount
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
    try scores(users: users, items: items.unsqueeze(dim: 1)).squeeze(dim: 1)
  }

  public func negativeLogits(_ batch: Batch) throws -> Tensor {
    guard let negatives = batch.negatives else { throw ModelError.noNegatives(modelName, batch) }
    return try scores(users: batch.users, items: negatives)
  }

  public func userVectors(_ users: Tensor) throws -> Tensor { try sums(table.users(users)).vectors }
  public func itemVectors(_ items: Tensor) throws -> Tensor { try sums(table.items(items)).vectors }
  public func itemVectors() throws -> Tensor { try sums(table.allItems(on: bias.device)).vectors }
  public func itemBiases(_ items: Tensor) throws -> Tensor? { try sums(table.items(items)).own }
  public func itemBiases() throws -> Tensor? { try sums(table.allItems(on: bias.device)).own }
  public func userOffsets(_ users: Tensor) throws -> Tensor? { try sums(table.users(users)).own + bias }

  /// Scores each user against its own `N` items: `[B]` and `[B, N]` give `[B, N]`.
  private func scores(users: Tensor, items: Tensor) throws -> Tensor {
    let entities = try Tensor.cat([table.users(users), table.items(items.reshape([-1]))], dim: 0)
    let (vectors, own) = try sums(entities)
    let sizes = [users.count, items.count]
    let sides = try vectors.splitWithSizes(splitSizes: sizes)
    let parts = try own.splitWithSizes(splitSizes: sizes)
    let products = try sides[1].reshape(items.shape + [configuration.factors]).mul(sides[0].unsqueeze(dim: 1))
    return try products.sum(dim: [2]).add(parts[1].reshape(items.shape)).add(parts[0].unsqueeze(dim: 1)) + bias
  }

  /// The vectors `[M, D]` of some entities, and `[M]`: what their features score without the other side.
  private func sums(_ entities: Tensor) throws -> (vectors: Tensor, own: Tensor) {
    guard table.hasFields else { return (try factors(entities), try linear(entities).squeeze(dim: 1)) }
    // One pass over the whole table needs no sorting of ids, and a dense gradient fills the whole table anyway.
    if !factors.sparse, table.entityCount <= Self.wholeTableShare * entities.count {
      let sums = try table.allSums(on: entities.device).apply([factors.weight, linear.weight])
      return (try sums[0].indexSelect(dim: 0, index: entities), try sums[1].indexSelect(dim: 0, index: entities))
    }
    let (distinct, places, _) = try entities._unique2(sorted: true, returnInverse: true)
    let (features, function) = try table.sums(of: distinct)
    let sums = try function.apply([factors(features), linear(features)])
    return (try sums[0].indexSelect(dim: 0, index: places), try sums[1].indexSelect(dim: 0, index: places))
  }

  /// How many entities the table may hold for each one asked for, for the whole table to be summed.
  private static let wholeTableShare = 8
}
