import Sparse

/// Lists the ways in which each table may be divided.
struct ShardingEnumerator: Sendable {
  /// The narrowest piece of columns where a table's constraints name none: 128 bytes of fp32.
  static let minColumns = 32

  let estimator: ShardEstimator
  let constraints: [String: TableConstraints]

  private var layout: WorldLayout { estimator.topology.layout }

  func options(_ table: PlannerTable, index: Int) -> [ShardingOption] {
    let rules = constraints[table.name] ?? TableConstraints()
    let ranks = rules.ranks(in: layout)
    let hosts = (0..<layout.hosts).filter { host in layout.ranks(of: host).allSatisfy(Set(ranks).contains) }
    let narrowest = rules.minColumns ?? Self.minColumns
    var found: [ShardingOption] = []
    for placement in placements(table, rules) {
      for type in rules.types.map({ Array(Set($0)).sorted { $0.rawValue < $1.rawValue } }) ?? usefulTypes {
        // A copy a rank of what lies in main memory already would be as slow and larger.
        if type == .dataParallel, placement == .host, estimator.topology.device == .cuda { continue }
        for (freedom, sharding) in divisions(table, type, ranks: ranks, hosts: hosts, narrowest: narrowest) {
          found.append(
            estimator.option(
              table, index: index, type: type, placement: placement, freedom: freedom,
              shapes: sharding.shards.map { ($0.rows, $0.columns) }))
        }
      }
    }
    return found
  }

  /// Types that differ from each other in this world.
  private var usefulTypes: [ShardingType] {
    if layout.ranks == 1 { return [.tableWise] }
    return layout.hosts == 1 ? [.dataParallel, .tableWise, .columnWise, .rowWise] : ShardingType.allCases
  }

  private func placements(_ table: PlannerTable, _ rules: TableConstraints) -> [EmbeddingPlacement] {
    // On the CPU both are main memory.
    guard estimator.topology.device == .cuda else { return [table.placement] }
    if let placements = rules.placements { return EmbeddingPlacement.allCases.filter(placements.contains) }
    return table.placement == .device && estimator.topology.ddr > 0 ? [.device, .host] : [table.placement]
  }

  /// The cuts of one type, made by the functions that plans are made of.
  private func divisions(
    _ table: PlannerTable, _ type: ShardingType, ranks: [Int], hosts: [Int], narrowest: Int
  ) -> [(ShardingOption.Freedom, TableSharding)] {
    let (rows, columns) = (table.rows, table.columns)
    let isEverywhere = ranks.count == layout.ranks
    switch type {
    case .dataParallel:
      return isEverywhere ? [(.none, .dataParallel(rows: rows, columns: columns, layout: layout))] : []
    case .rowWise:
      return isEverywhere ? [(.none, .rowWise(rows: rows, columns: columns, layout: layout))] : []
    case .tableWise:
      return [(.ranks(ranks), .tableWise(rows: rows, columns: columns, rank: 0))]
    case .columnWise:
      return Self.counts(upTo: min(ranks.count, columns / narrowest), least: layout.ranks == 1 ? 1 : 2).map {
        (.ranks(ranks), .columnWise(rows: rows, columns: columns, ranks: Array(0..<$0)))
      }
    case .tableRowWise:
      return hosts.isEmpty
        ? [] : [(.hosts(hosts), .tableRowWise(rows: rows, columns: columns, host: 0, layout: layout))]
    case .tableColumnWise:
      guard !hosts.isEmpty, columns / narrowest >= layout.ranksPerHost else { return [] }
      return [(.hosts(hosts), .tableColumnWise(rows: rows, columns: columns, host: 0, layout: layout))]
    case .grid:
      return Self.counts(upTo: min(hosts.count, columns / narrowest), least: layout.hosts == 1 ? 1 : 2).map {
        (.hosts(hosts), .grid(rows: rows, columns: columns, hosts: Array(0..<$0), layout: layout))
      }
    }
  }

  /// Powers of two from `least`, and `most` itself.
  static func counts(upTo most: Int, least: Int) -> [Int] {
    guard most >= least else { return [] }
    var found: [Int] = []
    var count = least
    while count < most {
      found.append(count)
      count *= 2
    }
    return found + [most]
  }
}
