import Sharding
import Sparse
import Testing

@Suite("Sharding planner")
struct ShardingPlannerTests {
  /// Three tables of very different sizes and uses.
  static func tables(_ seed: Int) -> [PlannerTable] {
    var random = SplitMix(state: UInt64(seed))
    return (0..<3).map { index in
      PlannerTable(
        name: "t\(index)", rows: Int.random(in: 100...2_000_000, using: &random),
        columns: [32, 64, 128].randomElement(using: &random) ?? 32, statesPerRow: 1,
        poolingFactor: Double(Int.random(in: 1...40, using: &random)))
    }
  }

  /// Memory that leaves some plans out, and the best of all plans that fit into it.
  static func bruteForce(_ tables: [PlannerTable], _ seed: Int) throws -> (planner: ShardingPlanner, best: Double?) {
    let roomy = PlannerWorld.planner(try PlannerWorld.pair())
    let all = try PlannerWorld.everyPlan(tables, roomy.topology.layout).map {
      try roomy.estimate($0, of: tables).estimate
    }
    func peak(_ estimate: PlanEstimate) -> Int { estimate.ranks.map(\.storage.hbm).max() ?? 0 }
    let peaks = all.map(peak).sorted()
    // From nearly the least that any plan needs to all of it.
    let limit = peaks[seed * (peaks.count - 1) / 40]
    let best = all.filter { peak($0) <= limit }.map(\.seconds).min()
    return (PlannerWorld.planner(try PlannerWorld.pair(hbm: limit)), best)
  }

  /// What a plan in fewer pieces may cost more.
  static let simplicity = 1 + 1e-3 + 1e-9

  @Test("finds the best of all plans of three tables on two ranks, to a thousandth", arguments: 0..<40)
  func isBest(seed: Int) throws {
    let tables = Self.tables(seed)
    let (planner, best) = try Self.bruteForce(tables, seed)
    let planned = try planner.plan(tables)
    let least = try #require(best)
    #expect(planned.estimate.seconds <= least * Self.simplicity)
    #expect(planned.estimate.seconds >= least * (1 - 1e-9), "better than every plan there is")
  }

  @Test("dynamic programming is no worse than greedy, and both fit", arguments: 0..<40)
  func proposers(seed: Int) throws {
    let tables = Self.tables(seed)
    var (planner, best) = try Self.bruteForce(tables, seed)
    planner.proposers = .dynamicProgramming
    let dynamic = try planner.plan(tables)
    planner.proposers = .greedy
    let greedy = try? planner.plan(tables)
    #expect(dynamic.estimate.seconds <= (greedy?.estimate.seconds ?? .infinity) * Self.simplicity)
    #expect(dynamic.estimate.seconds <= (try #require(best)) * Self.simplicity)
    for planned in [dynamic, greedy].compactMap({ $0 }) {
      #expect(planned.estimate.ranks.allSatisfy { $0.storage.hbm <= planner.topology.hbm })
    }
  }

  @Test("many tables over two hosts: covered, within memory, no rank far busier than the others")
  func balance() throws {
    var random = SplitMix(state: 3)
    let tables = (0..<24).map { index in
      PlannerTable(
        name: "t\(index)", rows: Int.random(in: 1000...20_000_000, using: &random), columns: 64, statesPerWeight: 1,
        poolingFactor: Double(Int.random(in: 1...30, using: &random)))
    }
    let topology = try Topology(ranks: 8, hosts: 2, hbm: 24 << 30, ddr: 0)
    for proposer in ProposerChoice.allCases {
      var planner = PlannerWorld.planner(topology, batch: 16_384, reserve: 0.1)
      planner.proposers = proposer
      let planned = try planner.plan(tables)
      let configs = tables.map { EmbeddingBagConfig(name: $0.name, numEmbeddings: $0.rows, embeddingDim: $0.columns) }
      try planned.plan.validate(configs, ranks: 8)
      #expect(planned.estimate.ranks.allSatisfy { Double($0.storage.hbm) <= 0.9 * Double(24 << 30) })
      #expect(planned.estimate.imbalance < 1.1, "\(proposer): \(planned)")
      // The same numbers from the shards alone.
      #expect(try planner.estimate(planned.plan, of: tables).estimate == planned.estimate)
    }
  }

  @Test("the same question has the same answer")
  func isDeterministic() throws {
    let planner = PlannerWorld.planner(try Topology(ranks: 4, hosts: 2, hbm: 1 << 32, ddr: 1 << 36))
    #expect(try planner.plan(Self.tables(1)) == planner.plan(Self.tables(1)))
  }

  @Test("constraints are kept")
  func constraints() throws {
    let tables = (0..<7).map { PlannerTable(name: "t\($0)", rows: 50_000, columns: 128, poolingFactor: 4) }
    var planner = PlannerWorld.planner(try Topology(ranks: 4, hosts: 2, hbm: 1 << 34, ddr: 1 << 36))
    planner.constraints = [
      "t0": TableConstraints(types: [.rowWise]),
      "t1": TableConstraints(types: [.columnWise], minColumns: 64),
      "t2": TableConstraints(types: [.tableWise], ranks: [2]),
      "t3": TableConstraints(types: [.tableWise, .tableRowWise], host: 1),
      "t4": TableConstraints(placements: [.host]),
      "t5": TableConstraints(types: [.grid]),
      "t6": TableConstraints(ranks: [1, 3], poolingFactor: 90),
    ]
    let planned = try planner.plan(tables)
    let plan = planned.plan.tables
    #expect(plan["t0"]?.type == .rowWise)
    #expect(plan["t1"]?.type == .columnWise && plan["t1"]?.shards.allSatisfy { $0.columnCount >= 64 } == true)
    #expect(plan["t2"]?.shards.map(\.rank) == [2])
    #expect(plan["t3"]?.shards.allSatisfy { $0.rank >= 2 } == true)
    #expect(planned.placements["t4"] == .host && planned.placements["t0"] == .device)
    #expect(plan["t5"]?.type == .grid)
    #expect(plan["t6"]?.shards.allSatisfy { [1, 3].contains($0.rank) } == true)
    #expect(planned.tables[6].poolingFactor == 90)
  }

  @Test("a table that no GPU holds goes to main memory, the others stay")
  func spillsToHost() throws {
    let tables = [
      PlannerTable(name: "huge", rows: 50_000_000, columns: 128), PlannerTable(name: "small", rows: 1000, columns: 64),
    ]
    let planner = PlannerWorld.planner(try Topology(ranks: 2, hbm: 4 << 30, ddr: 1 << 36))
    let planned = try planner.plan(tables)
    #expect(planned.placements == ["huge": .host, "small": .device])
    #expect(planned.description.contains("main memory"))
  }

  @Test("one rank holds everything and exchanges nothing")
  func oneRank() throws {
    let planned = try PlannerWorld.planner(try Topology(ranks: 1, ddr: 1 << 40)).plan(Self.tables(2))
    #expect(planned.plan.tables.values.allSatisfy { $0.type == .tableWise })
    let parts: [StepPart] = [.inputExchange, .outputExchange, .gradientExchange, .allReduce]
    #expect(parts.allSatisfy { planned.estimate.step[$0] == 0 })
  }

  @Test("the text names the bottleneck, and ranks that are alike share a line")
  func text() throws {
    let table = PlannerTable(name: "item", rows: 1000, columns: 64, poolingFactor: 50)
    var planner = PlannerWorld.planner(try Topology(ranks: 4, hbm: 1 << 30, ddr: 0), batch: 65_536)
    planner.constraints = ["item": TableConstraints(types: [.tableWise], ranks: [3])]
    let text = try planner.plan([table]).description
    #expect(text.contains("\n0-2 "))
    #expect(text.contains("on rank 3, most of it table \"item\""))
    #expect(text.contains("item   table_wise  3          1,000 x 64  0.00  GPU"), "\(text)")
  }
}
