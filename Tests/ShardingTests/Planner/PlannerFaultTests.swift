import Sharding
import Sparse
import Testing

@Suite("Planner faults")
struct PlannerFaultTests {
  static let table = PlannerTable(name: "item", rows: 1_000_000, columns: 64)

  private func message(_ code: ShardingError.Code, _ body: () throws -> Void) -> String {
    let error = #expect(throws: ShardingError.self, performing: body)
    #expect(error?.code == code)
    return error?.message ?? ""
  }

  @Test("machines that can't be, all at once")
  func topologies() {
    let text = message(.layout) {
      _ = try Topology(ranks: 6, hosts: 4, hbm: -1, ddr: -2, costs: PlannerWorld.unit(\.secondsPerStep))
    }
    #expect(
      text.contains("6 ranks on 4 hosts") && text.contains("-1 bytes of GPU") && text.contains("-2 bytes of main"))
    for ranks in [0, -3, 4097, Int.max] {
      #expect(message(.layout) { _ = try Topology(ranks: ranks, ddr: 1) }.contains("world"))
    }
    #expect(message(.layout) { _ = try Topology(ranks: 2, device: .cuda, ddr: 1) }.contains("--hbm 80GiB"))
    #expect(message(.layout) { _ = try Topology(ranks: 2, device: .cpu, hbm: 5, ddr: 1) }.contains("on cpu"))
    #expect(message(.layout) { _ = try Topology(ranks: 2, ddr: 0) }.contains("--ddr"))
    var costs = CostModel.cpu
    costs.secondsPerByte = .nan
    #expect(message(.layout) { _ = try Topology(ranks: 2, ddr: 1, costs: costs) }.contains("seconds_per_byte nan"))
  }

  @Test("tables, numbers and constraints that can't be, all at once")
  func constraints() throws {
    var planner = PlannerWorld.planner(try Topology(ranks: 4, hosts: 2, ddr: 1 << 40), batch: 0, reserve: 1)
    planner.constraints = [
      "item": TableConstraints(types: [], placements: [], minColumns: 65, ranks: [4], host: 2, poolingFactor: -1),
      "strange": TableConstraints(), "pinned": TableConstraints(ranks: [0], host: 1),
    ]
    let broken = PlannerTable(
      name: "broken", rows: 0, columns: -1, features: 0, statesPerWeight: 65, statesPerRow: -1, poolingFactor: .nan)
    let pinned = PlannerTable(name: "pinned", rows: 5, columns: 5)
    let text = message(.constraints) { _ = try planner.plan([Self.table, broken, pinned, pinned]) }
    for part in [
      "batch 0", "reserve 1.0", "\"broken\": 0 rows", "-1 columns", "0 features", "65 numbers of state a weight",
      "-1 numbers of state a row", "pooling factor nan", "no sharding type is allowed", "no placement is allowed",
      "min_columns 65 of 64", "ranks [4] of 0..<4", "host 2 of 0..<2", "pooling_factor -1.0",
      "a table \"strange\" that is not there", "none of the ranks [0] stands on host 1", "\"pinned\" is there twice",
    ] { #expect(text.contains(part), "\"\(part)\" is not in: \(text)") }
    #expect(message(.constraints) { _ = try planner.plan([]) }.contains("no tables"))
  }

  @Test("constraints that leave no way name the table")
  func noWay() throws {
    var planner = PlannerWorld.planner(try Topology(ranks: 4, hosts: 2, ddr: 1 << 40))
    planner.constraints = ["item": TableConstraints(types: [.rowWise], ranks: [0, 1])]
    let text = message(.constraints) { _ = try planner.plan([Self.table]) }
    #expect(text.contains("\"item\": its constraints leave no way") && text.contains("row_wise"))
    planner.constraints = ["item": TableConstraints(types: [.columnWise], minColumns: 64)]
    #expect(message(.constraints) { _ = try planner.plan([Self.table]) }.contains("min_columns"))
  }

  @Test("tables that fit nowhere: what they need, what is free, what mends it")
  func tooLarge() throws {
    let huge = PlannerTable(name: "huge", rows: 1_000_000_000, columns: 128, statesPerWeight: 2)
    let larger = PlannerTable(name: "larger", rows: 2_000_000_000, columns: 128)
    let planner = PlannerWorld.planner(try Topology(ranks: 2, hbm: 80 << 30, ddr: 0), reserve: 0.25)
    let text = message(.memory) { _ = try planner.plan([Self.table, huge, larger]) }
    #expect(text.contains("table \"huge\" (1,000,000,000 x 128, 476.84 GiB + 953.67 GiB of state) fits on no rank"))
    #expect(text.contains("table \"larger\"") && !text.contains("\"item\""))
    #expect(text.contains("60.00 GiB of each GPU") && text.contains("25 % in reserve") && text.contains("more ranks"))
  }

  @Test("tables that fit alone and not together")
  func tooMany() throws {
    let tables = (0..<9).map { PlannerTable(name: "t\($0)", rows: 10_000_000, columns: 64) }
    let planner = PlannerWorld.planner(try Topology(ranks: 2, hbm: 8 << 30, ddr: 0))
    let text = message(.memory) { _ = try planner.plan(tables) }
    #expect(text.contains("the tables need at least 21.") && text.contains("8.00 GiB of each GPU"), "\(text)")
    #expect(text.contains("\"t0\" 2.39 GiB") && text.contains("and 4 smaller ones"), "\(text)")
    for proposer in ProposerChoice.allCases {
      var planner = planner
      planner.proposers = proposer
      #expect(message(.memory) { _ = try planner.plan(tables) } == text)
    }
  }

  @Test("ranks of a host share its main memory")
  func sharedMainMemory() throws {
    let tables = (0..<4).map { PlannerTable(name: "t\($0)", rows: 10_000_000, columns: 64) }
    let fits = PlannerWorld.planner(try Topology(ranks: 2, ddr: 11 << 30), batch: 512)
    #expect(try fits.plan(tables).estimate.ranks.reduce(0) { $0 + $1.storage.ddr } <= 11 << 30)
    let tight = PlannerWorld.planner(try Topology(ranks: 2, ddr: 9 << 30), batch: 512)
    _ = message(.memory) { _ = try tight.plan(tables) }
  }

  @Test("a plan for another world is refused")
  func otherWorld() throws {
    let planner = PlannerWorld.planner(try Topology(ranks: 4, hosts: 2, ddr: 1 << 40))
    let plan = ShardingPlan(
      layout: try WorldLayout(ranks: 4), tables: ["item": .tableWise(rows: 1_000_000, columns: 64, rank: 0)])
    let text = message(.plan) { _ = try planner.estimate(plan, of: [Self.table]) }
    #expect(text.contains("4 ranks on 1 hosts, the topology has 4 on 2"))
  }
}
