import Sparse

/// A plan with what it was made for and what it is estimated to take.
public struct PlannedSharding: Sendable, Equatable {
  public let plan: ShardingPlan
  /// Where the rows of each table lie.
  public let placements: [String: EmbeddingPlacement]
  public let estimate: PlanEstimate
  public let tables: [PlannerTable]
  public let topology: Topology
  public let workload: Workload
}

extension PlannedSharding {
  init(_ candidate: Candidate, tables: [PlannerTable], estimator: ShardEstimator) {
    var shardings: [String: TableSharding] = [:]
    var placements: [String: EmbeddingPlacement] = [:]
    for (index, option) in candidate.options.enumerated() {
      let name = tables[option.table].name
      shardings[name] = TableSharding(
        type: option.type,
        shards: zip(option.pieces, candidate.ranks[index]).map {
          TableShard(rank: $1, rows: $0.rows, columns: $0.columns)
        })
      placements[name] = option.placement
    }
    self.init(
      ShardingPlan(layout: estimator.topology.layout, tables: shardings), tables: tables, placements: placements,
      estimator: estimator)
  }

  /// Counts a plan from its shards alone, so that what is said of a plan that was read equals what was said when it was made.
  init(
    _ plan: ShardingPlan, tables: [PlannerTable], placements: [String: EmbeddingPlacement], estimator: ShardEstimator
  ) {
    let layout = plan.layout
    var loads = [RankLoad](repeating: RankLoad(), count: layout.ranks)
    var storages = [Storage](repeating: estimator.denseStorage, count: layout.ranks)
    var found: [String: EmbeddingPlacement] = [:]
    for (index, table) in tables.enumerated() {
      guard let sharding = plan.tables[table.name] else { continue }
      let placement = placements[table.name] ?? table.placement
      found[table.name] = placement
      let option = estimator.option(
        table, index: index, type: sharding.type, placement: placement, freedom: .none,
        shapes: sharding.shards.map { ($0.rows, $0.columns) })
      for (piece, shard) in zip(option.pieces, sharding.shards) where loads.indices.contains(shard.rank) {
        loads[shard.rank] += piece.load
        storages[shard.rank] += piece.storage
      }
      for rank in loads.indices {
        loads[rank] += option.spread
        storages[rank] += option.spreadStorage
      }
    }
    let clock = StepClock(topology: estimator.topology, workload: estimator.workload)
    let ranks = zip(storages, loads).map { PlanEstimate.Rank(storage: $0, times: clock.times($1)) }
    self.init(
      plan: plan, placements: found,
      estimate: PlanEstimate(ranks: ranks, step: clock.step(loads: loads)), tables: tables,
      topology: estimator.topology, workload: estimator.workload)
  }

  /// The table that takes more than half of `part` on `rank`.
  func heaviest(_ part: StepPart, rank: Int) -> String? {
    let estimator = ShardEstimator(topology: topology, workload: workload)
    let costs = tables.compactMap { table -> (name: String, seconds: Double)? in
      guard let sharding = plan.tables[table.name] else { return nil }
      let load = sharding.shards.filter { $0.rank == rank }.reduce(into: RankLoad()) { load, shard in
        load += estimator.load(
          table, sharding.type, placements[table.name] ?? table.placement, rows: shard.rowCount,
          columns: shard.columnCount)
      }
      return (table.name, load.seconds(topology.costs, layout: topology.layout)[part])
    }
    return costs.first { $0.seconds > estimate.ranks[rank].times[part] / 2 }?.name
  }
}
