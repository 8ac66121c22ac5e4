import Sharding

/// Small worlds that tests plan for.
enum PlannerWorld {
  /// Two GPUs of one host.
  static func pair(hbm: Int = 1 << 40, costs: CostModel? = nil) throws -> Topology {
    try Topology(ranks: 2, hbm: hbm, ddr: 0, costs: costs)
  }

  /// Costs of which one alone is a second.
  static func unit(_ path: WritableKeyPath<CostModel, Double>) -> CostModel {
    var costs = CostModel.free
    costs[keyPath: path] = 1
    return costs
  }

  static func planner(_ topology: Topology, batch: Int = 4096, reserve: Double = 0) -> ShardingPlanner {
    ShardingPlanner(topology: topology, workload: Workload(batch: batch, batchesInFlight: 1, reserve: reserve))
  }

  /// Every way to put one table on two ranks of a host, each piece of columns at least 32 wide.
  static func everyWay(_ table: PlannerTable, _ layout: WorldLayout) -> [TableSharding] {
    let (rows, columns) = (table.rows, table.columns)
    var found: [TableSharding] = [
      .dataParallel(rows: rows, columns: columns, layout: layout),
      .rowWise(rows: rows, columns: columns, layout: layout),
      .tableWise(rows: rows, columns: columns, rank: 0), .tableWise(rows: rows, columns: columns, rank: 1),
    ]
    if columns >= 64 {
      found.append(.columnWise(rows: rows, columns: columns, ranks: [0, 1]))
      found.append(.columnWise(rows: rows, columns: columns, ranks: [1, 0]))
    }
    return found
  }

  /// Every plan of these tables.
  static func everyPlan(_ tables: [PlannerTable], _ layout: WorldLayout) -> [ShardingPlan] {
    var plans: [[String: TableSharding]] = [[:]]
    for table in tables {
      plans = plans.flatMap { plan in
        everyWay(table, layout).map { plan.merging([table.name: $0]) { $1 } }
      }
    }
    return plans.map { ShardingPlan(layout: layout, tables: $0) }
  }
}

/// SplitMix64 (Steele et al. 2014): the same numbers from the same seed everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
