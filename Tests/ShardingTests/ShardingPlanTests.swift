import Sharding
import Sparse
import Testing

@Suite("Sharding plans")
struct ShardingPlanTests {
  static let config = EmbeddingBagConfig(name: "item", numEmbeddings: 10, embeddingDim: 6)

  static func shardings() throws -> [TableSharding] {
    let layout = try WorldLayout(ranks: 4, ranksPerHost: 2)
    return [
      .dataParallel(rows: 10, columns: 6, layout: layout), .tableWise(rows: 10, columns: 6, rank: 3),
      .rowWise(rows: 10, columns: 6, layout: layout), .columnWise(rows: 10, columns: 6, ranks: [2, 0, 1, 3]),
      .tableRowWise(rows: 10, columns: 6, host: 1, layout: layout),
      .tableColumnWise(rows: 10, columns: 6, host: 0, layout: layout),
      .grid(rows: 10, columns: 6, hosts: [1, 0], layout: layout),
    ]
  }

  @Test("every type covers its table, and none is missing")
  func cover() throws {
    let layout = try WorldLayout(ranks: 4, ranksPerHost: 2)
    #expect(Set(try Self.shardings().map(\.type)) == Set(ShardingType.allCases))
    for sharding in try Self.shardings() {
      try ShardingPlan(layout: layout, tables: ["item": sharding]).validate([Self.config], ranks: 4)
      for row in 0..<10 {
        for column in 0..<6 {
          let holders = sharding.shards.filter { $0.rows.contains(row) && $0.columns.contains(column) }
          #expect(holders.count == (sharding.type == .dataParallel ? 4 : 1))
        }
      }
    }
  }

  @Test("rows that don't divide leave the last rank less, or nothing")
  func uneven() throws {
    let sharding = TableSharding.rowWise(rows: 5, columns: 2, layout: try WorldLayout(ranks: 4))
    #expect(sharding.shards.map(\.rowCount) == [2, 2, 1, 0])
  }

  @Test("a plan's faults come all at once")
  func faults() throws {
    let layout = try WorldLayout(ranks: 4, ranksPerHost: 2)
    let overlapping = TableSharding(
      type: .rowWise,
      shards: [TableShard(rank: 0, rows: 0..<5, columns: 0..<6), TableShard(rank: 1, rows: 4..<9, columns: 0..<6)])
    let plan = ShardingPlan(
      layout: layout, tables: ["item": overlapping, "other": .tableWise(rows: 1, columns: 1, rank: 0)])
    let error = #expect(throws: ShardingError.self) { try plan.validate([Self.config], ranks: 2) }
    #expect(error?.message.split(separator: "\n").count == 3, "\(error?.message ?? "")")
    #expect(throws: ShardingError.self) { try WorldLayout(ranks: 6, ranksPerHost: 4) }
  }
}
