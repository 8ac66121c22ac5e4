import Foundation
import Models
import Sharding
import Sparse
import Torch

/// Holds the planner's estimates to measured steps: costs are fitted to the steps of five plans, then five others are estimated.
struct DistributedPlans: Benchmark {
  static let name = "distributed-plans"
  static let summary = "DLRM on 2 processes by 10 plans: the planner's estimates beside measured steps"
  static let isLong = true

  private static let dimension = 64
  private static let batch = 2048
  private static let steps = 10

  /// What becomes of a table of so many rows, by its place among the tables.
  private struct Division: Sendable {
    let name: String
    let of: @Sendable (_ table: Int, _ rows: Int, _ layout: WorldLayout) -> TableSharding
  }

  private static func whole(_ rows: Int, on rank: Int) -> TableSharding {
    .tableWise(rows: rows, columns: dimension, rank: rank)
  }
  private static func byRows(_ rows: Int, _ layout: WorldLayout) -> TableSharding {
    .rowWise(rows: rows, columns: dimension, layout: layout)
  }
  private static func byColumns(_ rows: Int) -> TableSharding {
    .columnWise(rows: rows, columns: dimension, ranks: [0, 1])
  }
  private static func copied(_ rows: Int, _ layout: WorldLayout) -> TableSharding {
    .dataParallel(rows: rows, columns: dimension, layout: layout)
  }

  private static let known = [
    Division(name: "all tables on rank 0") { _, rows, _ in whole(rows, on: 0) },
    Division(name: "tables in turn") { table, rows, _ in whole(rows, on: table % 2) },
    Division(name: "all by rows") { _, rows, layout in byRows(rows, layout) },
    Division(name: "all by columns") { _, rows, _ in byColumns(rows) },
    Division(name: "tables to 10,000 rows copied, others in turn") { table, rows, layout in
      rows <= 10_000 ? copied(rows, layout) : whole(rows, on: table % 2)
    },
  ]
  /// Beside the planner's own.
  private static let unknown = [
    Division(name: "three tables of four on rank 0") { table, rows, _ in whole(rows, on: table % 4 == 3 ? 1 : 0) },
    Division(name: "tables over 100,000 rows by rows, others on rank 1") { _, rows, layout in
      rows > 100_000 ? byRows(rows, layout) : whole(rows, on: 1)
    },
    Division(name: "tables over 1,000 rows by columns, others in turn") { table, rows, _ in
      rows > 1000 ? byColumns(rows) : whole(rows, on: table % 2)
    },
    Division(name: "every second table by rows, others by columns") { table, rows, layout in
      table % 2 == 0 ? byRows(rows, layout) : byColumns(rows)
    },
  ]

  func run(_ setting: Setting) throws -> [Row] {
    let configuration = RankerConfiguration.dlrm(.init(dimension: Self.dimension))
    let tables = RankerWorkload.tables(configuration, rows: SparseIDs.criteoKaggle)
    var planner = try DLRMWorker.planner(batch: Self.batch)
    planner.workload.denseParameters = try RankerWorkload.denseParameters(configuration)
    let planned = DLRMWorker.plannerTables(tables)
    func plan(_ division: Division) -> ShardingPlan {
      let pairs = tables.enumerated().map { index, table in
        (table.name, division.of(index, table.numEmbeddings, planner.topology.layout))
      }
      return ShardingPlan(layout: planner.topology.layout, tables: Dictionary(uniqueKeysWithValues: pairs))
    }
    let fitted = try Self.known.map { division in
      try measured(plan(division), planned, by: planner, division.name, setting)
    }
    planner.topology.costs = planner.topology.costs.fitted(to: fitted.map(\.step))
    for (name, path) in CostModel.terms {
      FileHandle.standardError.write(Data("  \(name): \(planner.topology.costs[keyPath: path])\n".utf8))
    }
    var others = try Self.unknown.map { division in
      try measured(plan(division), planned, by: planner, division.name, setting)
    }
    others.append(try measured(planner.plan(planned).plan, planned, by: planner, "the planner's own", setting))
    return rows(fitted, note: "fitted to", planner) + rows(others, note: "not seen before", planner)
      + [verdict(others, planner), order(others, planner)]
  }

  // MARK: Measuring

  private struct Measured {
    let name: String
    let seconds: Double
    let step: MeasuredPlan
  }

  private func measured(
    _ plan: ShardingPlan, _ tables: [PlannerTable], by planner: ShardingPlanner, _ name: String, _ setting: Setting
  ) throws -> Measured {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("plan-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    try PlanFile(try planner.estimate(plan, of: tables)).write(to: file)
    let workers = try DLRMWorker.start(2, Self.dimension, Self.batch, mode: .exact, seed: setting.seed, plan: file)
    let laps = try (0..<setting.rounds).map { _ in
      try DLRMWorker.seconds(of: workers, steps: Self.steps) / Double(Self.steps)
    }
    let seconds = median(laps)
    FileHandle.standardError.write(Data("  \(name): \(Report.figure(seconds * 1e3)) ms\n".utf8))
    return Measured(
      name: name, seconds: seconds, step: try MeasuredPlan(plan, of: tables, by: planner, seconds: seconds))
  }

  // MARK: Telling

  private func rows(_ plans: [Measured], note: String, _ planner: ShardingPlanner) -> [Row] {
    plans.map { plan in
      let estimate = plan.step.estimate(planner.topology.costs)
      var row = Row(Self.name, plan.name, unit: "ms", ours: estimate * 1e3, target: "", rounds: Self.steps, note: note)
      row.peer = plan.seconds * 1e3
      row.peerName = "measured"
      row.ratio = estimate / plan.seconds
      return row
    }
  }

  private func verdict(_ plans: [Measured], _ planner: ShardingPlanner) -> Row {
    let misses = plans.map { 100 * abs($0.step.estimate(planner.topology.costs) / $0.seconds - 1) }
    return Row(
      Self.name, "median error of the estimates not seen before", unit: "%", ours: median(misses), target: "<= 20 %",
      isMet: median(misses) <= 20)
  }

  /// Pairs of plans that the estimates order as their steps do; steps within 3 % of each other have no order.
  private func order(_ plans: [Measured], _ planner: ShardingPlanner) -> Row {
    let all = plans.map { (estimate: $0.step.estimate(planner.topology.costs), seconds: $0.seconds) }
    var (right, pairs) = (0, 0)
    for (index, first) in all.enumerated() {
      for second in all[(index + 1)...]
      where max(first.seconds, second.seconds) > 1.03 * min(first.seconds, second.seconds) {
        pairs += 1
        if (first.estimate < second.estimate) == (first.seconds < second.seconds) { right += 1 }
      }
    }
    return Row(
      Self.name, "pairs of them in the right order", unit: "pairs", ours: Double(right), target: "\(pairs) of \(pairs)",
      isMet: right == pairs)
  }
}
