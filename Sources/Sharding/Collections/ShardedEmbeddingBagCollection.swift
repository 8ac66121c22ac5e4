import Sparse
import Torch
import TorchDistributed
import TorchNN

/// `EmbeddingBagCollection` with its tables divided over the ranks of a group: TorchRec's `ShardedEmbeddingBagCollection`.
///
/// Every rank has its own batch. Ids travel to the ranks that hold their rows, pooled rows travel back, gradients take the same way,
/// and the rows are updated in backward as if the batches were one (their mean, as with `DistributedDataParallel`). Every rank
/// makes the same calls in the same order.
///
/// ```swift
/// let bags = try ShardedEmbeddingBagCollection(
///   tables: configs, optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01), plan: plan, group: group)
/// let pooled = try bags(features)      // of this rank's batch
/// ```
///
/// Ivchenko et al. 2022, "TorchRec: a PyTorch Domain Library for Recommendation Systems", RecSys.
public final class ShardedEmbeddingBagCollection: Module {
  public let configs: [EmbeddingBagConfig]
  public let isWeighted: Bool
  public let plan: ShardingPlan
  public let formats: WireFormats
  let tables: ShardedTables
  /// This rank's shards; nil for a rank that holds none.
  let local: EmbeddingBagCollection?
  private let device: Device
  /// Batches that are under way before their turn, in its order.
  var early: [Early] = []

  /// - Parameters:
  ///   - tables: of the whole collection, alike on all ranks.
  ///   - optimizer: the rule of every table, applied in backward.
  ///   - optimizers: rules of single tables, by name.
  ///   - plan: which rank holds what, alike on all ranks.
  ///   - formats: how pooled rows and gradients travel.
  ///   - generator: of one seed on all ranks; the rows begin as those of an `EmbeddingBagCollection` made with it.
  /// - Throws: `SparseError` and `ShardingError` that list every fault of the configs and the plan at once.
  public init(
    tables configs: [EmbeddingBagConfig], isWeighted: Bool = false, optimizer: EmbeddingOptimizer,
    optimizers: [String: EmbeddingOptimizer] = [:], plan: ShardingPlan, group: ProcessGroup,
    formats: WireFormats = WireFormats(), device: Device = .cpu, generator: Generator? = nil
  ) throws {
    self.configs = configs
    self.isWeighted = isWeighted
    self.plan = plan
    self.formats = formats
    self.device = device
    let tables = try ShardedTables(configs, plan: plan, group: group, optimizer: optimizer, optimizers: optimizers) {
      configs[$0].pooling
    }
    self.tables = tables
    let members = Members()
    var (shards, rules) = tables.shards(of: configs)
    // Pieces of a bag are summed where they meet, and divided there.
    for number in shards.indices { shards[number].pooling = .sum }
    local =
      shards.isEmpty
      ? nil
      : members.add(
        "shards",
        try EmbeddingBagCollection(tables: shards, isWeighted: isWeighted, optimizers: rules, device: device))
    super.init(members)
    for (shard, mean) in tables.rowMeans(configs) { local?.setRowMean(table: shards[shard].name, mean) }
    try ShardedTables.initialise(
      configs, tables.held, weights: shards.compactMap { local?.weight(of: $0.name) }, generator: generator)
  }

  /// The keys of the output, as those of `EmbeddingBagCollection`.
  public var embeddingNames: [String] { tables.layout.slots.map(\.name) }

  /// How many columns each of them has.
  public var embeddingWidths: [Int] { tables.layout.slots.map(\.width) }

  func exchange(_ features: KeyedJaggedTensor, number: Int? = nil) throws -> InputExchange {
    try tables.group.timeline.span(.inputExchange, batch: number) {
      try InputExchange(
        features, layout: tables.layout, configs: configs, group: tables.group, isWeighted: isWeighted,
        keepsPositions: false, device: device, number: number)
    }
  }

  /// Looks up what all ranks ask of this one, and starts the exchange of the pooled rows.
  public func lookUp(_ features: KeyedJaggedTensor) throws -> PooledExchange {
    guard let first = early.first, first.features.values.isSame(as: features.values) else {
      return try lookUp(exchange(features))
    }
    early.removeFirst()
    return try first.rows ?? lookUp(first.exchange)
  }

  func lookUp(_ input: InputExchange) throws -> PooledExchange {
    let timeline = tables.group.timeline
    let arrived = try timeline.span(.inputExchange, batch: input.number) { try input.wait() }
    let rows = arrived.batchSizes.reduce(0, +)
    let pooled: Tensor
    if let local, rows > 0 {
      pooled = try timeline.span(.lookup, batch: input.number) {
        try local.pooled(arrived.local, slotsPerOutput: [local.embeddingNames.count])[0]
      }
    } else {
      // Backward comes by here too: the other ranks wait for this one's gradients.
      pooled = try Tensor.zeros([rows, local?.embeddingDimension ?? 0], device: device).requiresGrad_()
    }
    return try timeline.span(.outputExchange, batch: input.number) {
      try PooledExchange(
        pooled, arrived, layout: tables.layout, group: tables.group, formats: formats, number: input.number)
    }
  }

  /// Pools each bag of this rank's batch into one vector a feature.
  ///
  /// - Parameter features: over this rank's `B` samples; each rank may have another `B`.
  /// - Returns: `[B, D_1 + ... + D_F]` float32, in the order of `embeddingNames`.
  /// - Throws: `SparseError` as `EmbeddingBagCollection` does, on the rank whose ids are at fault; `DistributedError`.
  public func callAsFunction(_ features: KeyedJaggedTensor) throws -> KeyedTensor {
    try KeyedTensor(keys: embeddingNames, lengthPerKey: embeddingWidths, values: lookUp(features).wait())
  }
}

extension EmbeddingBagCollection {
  /// The columns of the output.
  fileprivate var embeddingDimension: Int { configs.reduce(0) { $0 + $1.embeddingDim * $1.featureNames.count } }
}
