import Sparse

/// Which rank holds which rows and columns of every table.
public struct ShardingPlan: Sendable, Equatable, Codable {
  public let layout: WorldLayout
  /// By table name.
  public let tables: [String: TableSharding]

  public init(layout: WorldLayout, tables: [String: TableSharding]) {
    self.layout = layout
    self.tables = tables
  }

  /// Throws one error that lists every fault of the plan for these tables and this world.
  public func validate(_ configs: [any EmbeddingTableConfig], ranks: Int) throws {
    var faults: [String] = []
    if ranks != layout.ranks {
      faults.append("the plan is for \(layout.ranks) ranks and \(ranks) run; start as many, or plan again")
    }
    for config in configs {
      guard let sharding = tables[config.name] else {
        faults.append("table \"\(config.name)\" is not in the plan, which has \(tables.keys.sorted())")
        continue
      }
      faults += sharding.faults(
        table: config.name, rows: config.numEmbeddings, columns: config.embeddingDim, layout: layout)
    }
    let known = Set(configs.map(\.name))
    for name in tables.keys.sorted() where !known.contains(name) {
      faults.append("the plan has a table \"\(name)\" that the model lacks")
    }
    guard faults.isEmpty else { throw ShardingError(.plan, faults.joined(separator: "\n")) }
  }

  /// The shards of one rank, by table name.
  public func shards(of rank: Int) -> [String: [TableShard]] {
    tables.compactMapValues { sharding in
      let mine = sharding.shards.filter { $0.rank == rank && $0.rowCount > 0 }
      return mine.isEmpty ? nil : mine
    }
  }
}
