import Sparse
import Torch
import TorchDistributed
import TorchNN

/// What pooled and sequence collections share: the layout, and the shards that this rank holds.
struct ShardedTables {
  let layout: ShardLayout
  let group: ProcessGroup
  /// This rank's shards, in the order of the tables of its collection.
  let held: [ShardLayout.Held]
  /// By shard: the keys of the pieces that are looked up in it.
  let keys: [[String]]
  /// The rule of each shard's table.
  let rules: [EmbeddingOptimizer?]
  /// By shard with some columns of its rows: the ranks with the others, where the rule needs them.
  let rowGroups: [Int: ProcessGroup]

  /// - Throws: `ShardingError` that lists every fault of the plan for these tables and this group.
  init(
    _ configs: [any EmbeddingTableConfig], plan: ShardingPlan, group: ProcessGroup, optimizer: EmbeddingOptimizer?,
    optimizers: [String: EmbeddingOptimizer], pooling: (Int) -> PoolingType?
  ) throws {
    try plan.validate(configs, ranks: group.size)
    layout = ShardLayout(configs, plan: plan, pooling: pooling)
    self.group = group
    held = layout.held[group.rank]
    var keys = held.map { _ in [String]() }
    for (number, piece) in layout.lookups(of: group.rank).enumerated() {
      let shard = held.firstIndex {
        $0.table == piece.table && $0.shard.rows == piece.shard.rows && $0.shard.columns == piece.shard.columns
      }
      if let shard { keys[shard].append(String(number)) }
    }
    self.keys = keys
    rules = held.map { optimizers[configs[$0.table].name] ?? optimizer }
    rowGroups = try Self.rowGroups(configs, plan: plan, group: group, held: held) {
      (optimizers[configs[$0].name] ?? optimizer)?.states.contains(where: \.isRowWise) ?? false
    }
  }

  /// For each shard of this rank that has some columns only, under a rule with one number a row: the ranks with the other columns
  /// of its rows. Every rank makes all groups in the same order.
  private static func rowGroups(
    _ configs: [any EmbeddingTableConfig], plan: ShardingPlan, group: ProcessGroup, held: [ShardLayout.Held],
    isRowWise: (Int) -> Bool
  ) throws -> [Int: ProcessGroup] {
    var found: [Int: ProcessGroup] = [:]
    for (table, config) in configs.enumerated() {
      guard let sharding = plan.tables[config.name], sharding.type != .dataParallel, isRowWise(table) else { continue }
      let cut = sharding.shards.filter { $0.rowCount > 0 && $0.columnCount < config.embeddingDim }
      for first in cut.map(\.firstRow).reduce(into: [Int](), { if !$0.contains($1) { $0.append($1) } }) {
        let ranks = cut.filter { $0.firstRow == first }.map(\.rank)
        guard Set(ranks).count == ranks.count else {
          throw ShardingError(
            .plan,
            "table \"\(config.name)\": two pieces of the same rows on one rank (\(ranks)), under an optimiser that keeps one "
              + "number a row; give each piece a rank of its own")
        }
        guard let made = try group.subgroup(ranks: ranks) else { continue }
        if let mine = held.firstIndex(where: { $0.table == table && $0.shard.firstRow == first }) { found[mine] = made }
      }
    }
    return found
  }

  /// By shard of this rank: the mean of `[U, D]` over all columns of a table, for `EmbeddingBagCollection.setRowMean`.
  func rowMeans(_ configs: [any EmbeddingTableConfig]) -> [(shard: Int, mean: @Sendable (Tensor) throws -> Tensor)] {
    rowGroups.sorted { $0.key < $1.key }.map { number, group in
      let width = Double(configs[held[number].table].embeddingDim)
      return (number, { try group.allReduce($0.sum(dim: [1])) * (1 / width) })
    }
  }

  /// This rank's shards as tables of a collection of its own, and their rules by name.
  func shards<Config: EmbeddingTableConfig>(
    of configs: [Config]
  ) -> (tables: [Config], rules: [String: EmbeddingOptimizer]) {
    var found: (tables: [Config], rules: [String: EmbeddingOptimizer]) = ([], [:])
    for (number, held) in held.enumerated() {
      var config = configs[held.table]
      config.name = name(held, config)
      config.numEmbeddings = held.shard.rowCount
      config.embeddingDim = held.shard.columnCount
      config.featureNames = keys[number]
      config.initialiser = .zeros
      found.tables.append(config)
      found.rules[config.name] = rules[number]
    }
    return found
  }

  /// The name of a shard within its rank's collection: that of its table, with its place where it is a part.
  func name(_ held: ShardLayout.Held, _ config: any EmbeddingTableConfig) -> String {
    let shard = held.shard
    let isWhole = shard.rowCount == config.numEmbeddings && shard.columnCount == config.embeddingDim
    return isWhole ? config.name : "\(config.name)[\(shard.firstRow),\(shard.firstColumn)]"
  }

  /// Fills this rank's shards with what one process would put into the whole tables: every rank draws all numbers.
  static func initialise(
    _ configs: [any EmbeddingTableConfig], _ held: [ShardLayout.Held], weights: [Tensor], generator: Generator?
  ) throws {
    for (table, config) in configs.enumerated() {
      let parts = zip(held, weights).filter { $0.0.table == table }.map { held, weight in
        Initialiser.Part(rows: held.shard.rows, columns: held.shard.columns, tensor: weight)
      }
      try config.initialiser.apply(
        to: parts, rows: config.numEmbeddings, columns: config.embeddingDim, dtype: config.dataType.dtype,
        generator: generator)
    }
  }
}
