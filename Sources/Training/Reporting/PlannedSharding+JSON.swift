import Sharding
import Sparse

extension PlannedSharding {
  /// The world, memory and seconds by rank, the step, and what became of each table.
  public var json: JSONText {
    func parts(_ times: PartTimes) -> JSONText {
      .object(StepPart.allCases.map { ($0.rawValue, .number(times[$0])) })
    }
    let ranks = estimate.ranks.enumerated().map { index, rank in
      JSONText.object([
        ("rank", .integer(index)), ("hbm_bytes", .integer(rank.storage.hbm)), ("ddr_bytes", .integer(rank.storage.ddr)),
        ("seconds", parts(rank.times)), ("total_seconds", .number(rank.times.total)),
      ])
    }
    let tables = tables.compactMap { table in
      plan.tables[table.name].map { sharding in
        JSONText.object([
          ("name", .text(table.name)), ("sharding", .text(sharding.type.rawValue)),
          ("placement", .text((placements[table.name] ?? table.placement).rawValue)),
          (
            "shards",
            .list(
              sharding.shards.filter { $0.rowCount > 0 }.map { shard in
                .object([
                  ("rank", .integer(shard.rank)), ("first_row", .integer(shard.firstRow)),
                  ("rows", .integer(shard.rowCount)), ("first_column", .integer(shard.firstColumn)),
                  ("columns", .integer(shard.columnCount)),
                ])
              })
          ),
        ])
      }
    }
    return .object([
      ("ranks", .integer(topology.layout.ranks)), ("hosts", .integer(topology.layout.hosts)),
      ("device", .text(topology.device.rawValue)), ("limit_bytes", .integer(topology.limit)),
      ("batch", .integer(workload.batch)), ("step_seconds", .number(estimate.seconds)),
      ("step_parts", parts(estimate.step)), ("bottleneck", .text(estimate.bottleneck.rawValue)),
      ("bottleneck_rank", .integer(estimate.slowest(estimate.bottleneck))), ("by_rank", .list(ranks)),
      ("tables", .list(tables)),
    ])
  }
}
