import Foundation
import Sharding
import Sparse
import Testing

/// Counts that were worked out by hand: each cost is a second by itself, so a part's time is what it counts.
@Suite("Plan estimates")
struct PlanEstimateTests {
  /// 10 rows of 4 columns, 3 ids a sample, row-wise state.
  static let table = PlannerTable(name: "t", rows: 10, columns: 4, statesPerRow: 1, poolingFactor: 3)

  /// Of the 10 rows, those that 24 uniform draws hit.
  static let touched: Double = 10 * (1 - exp(-2.4))

  static func estimate(
    _ sharding: TableSharding, _ cost: WritableKeyPath<CostModel, Double>, hosts: Int = 1, ranks: Int = 2,
    table: PlannerTable = table, workload: Workload? = nil
  ) throws -> PlanEstimate {
    let topology = try Topology(ranks: ranks, hosts: hosts, ddr: 1 << 30, costs: PlannerWorld.unit(cost))
    let planner = ShardingPlanner(
      topology: topology, workload: workload ?? Workload(batch: 4 * ranks, batchesInFlight: 1, reserve: 0))
    return try planner.estimate(ShardingPlan(layout: topology.layout, tables: ["t": sharding]), of: [table]).estimate
  }

  @Test("a table on one rank: all its lookups, ids from the other rank, a vector a sample back")
  func tableWise() throws {
    let whole = TableSharding.tableWise(rows: 10, columns: 4, rank: 1)
    let lookups = try Self.estimate(whole, \.secondsPerLookup)
    #expect(lookups.ranks.map { $0.times[.lookup] } == [0, 24])
    #expect(lookups.seconds == 24 && lookups.bottleneck == .lookup && lookups.slowest(.lookup) == 1)
    let bytes = try Self.estimate(whole, \.secondsPerIntraHostByte)
    // 4 samples x (3 ids + 1 length) x 8 bytes to rank 1; half of it is what a rank sends on average.
    #expect(bytes.ranks.map { $0.times[.inputExchange] } == [64, 128])
    // 4 vectors of 16 bytes.
    #expect(bytes.ranks.map { $0.times[.outputExchange] } == [32, 64])
    #expect(bytes.step[.gradientExchange] == 64 && bytes.step[.allReduce] == 0)
    let updates = try Self.estimate(whole, \.secondsPerUpdate)
    #expect(abs(updates.step[.update] - Self.touched) < 1e-9)
    #expect(try Self.estimate(whole, \.secondsPerGroupedID).step[.update] == 24)
    // 24 rows of 16 bytes read, 8 vectors of 16 written; 4 vectors of a rank's own samples read and written where they arrive.
    let memory = try Self.estimate(whole, \.secondsPerByte)
    #expect(memory.step[.lookup] == 640)
    // 24 gradients of 16 read, each touched row and its sum read and written; 4 gradients read and written where they leave.
    let updated: Double = 512 + 40 * Self.touched
    #expect(abs(memory.step[.update] - updated) < 1e-9)
  }

  @Test("weights, state, ids and vectors are in memory")
  func storage() throws {
    let found = try Self.estimate(.tableWise(rows: 10, columns: 4, rank: 1), \.secondsPerStep)
    // 160 + 40; 24 ids of 8; 8 vectors of 16 and their gradients; the 4 of a rank's own samples and theirs.
    #expect(found.ranks.map(\.storage.ddr) == [128, 200 + 192 + 256 + 128])
    #expect(found.ranks.map(\.storage.hbm) == [0, 0])
  }

  @Test("rows on every rank: lookups are shared, every rank sends its sums to all")
  func rowWise() throws {
    let rows = TableSharding.rowWise(rows: 10, columns: 4, layout: try WorldLayout(ranks: 2))
    #expect(try Self.estimate(rows, \.secondsPerLookup).ranks.map { $0.times[.lookup] } == [12, 12])
    let bytes = try Self.estimate(rows, \.secondsPerIntraHostByte)
    #expect(bytes.ranks.map { $0.times[.inputExchange] } == [80, 80])
    #expect(bytes.ranks.map { $0.times[.outputExchange] } == [64, 64])
  }

  @Test("pieces of columns: each gets all ids and sends its columns")
  func columnWise() throws {
    let columns = TableSharding.columnWise(rows: 10, columns: 4, ranks: [1, 0])
    #expect(try Self.estimate(columns, \.secondsPerLookup).ranks.map { $0.times[.lookup] } == [24, 24])
    let bytes = try Self.estimate(columns, \.secondsPerIntraHostByte)
    #expect(bytes.step[.inputExchange] == 128 && bytes.step[.outputExchange] == 32)
  }

  @Test("a copy on every rank: all look up all ids, no vector travels, gradients go to every copy")
  func dataParallel() throws {
    let copies = TableSharding.dataParallel(rows: 10, columns: 4, layout: try WorldLayout(ranks: 2))
    #expect(try Self.estimate(copies, \.secondsPerLookup).ranks.map { $0.times[.lookup] } == [24, 24])
    let bytes = try Self.estimate(copies, \.secondsPerIntraHostByte)
    #expect(
      bytes.step[.inputExchange] == 128 && bytes.step[.outputExchange] == 0 && bytes.step[.gradientExchange] == 64)
    #expect(bytes.step[.allReduce] == 0)
    let updates = try Self.estimate(copies, \.secondsPerUpdate)
    #expect(abs(updates.step[.update] - Self.touched) < 1e-9)
  }

  @Test("rows on one host: each of its ranks serves all ranks, inside and across")
  func tableRowWise() throws {
    let layout = try WorldLayout(ranks: 4, ranksPerHost: 2)
    let rows = TableSharding.tableRowWise(rows: 10, columns: 4, host: 1, layout: layout)
    let inside = try Self.estimate(rows, \.secondsPerIntraHostByte, hosts: 2, ranks: 4)
    #expect(inside.ranks.map { $0.times[.outputExchange] } == [32, 32, 64, 64])
    let across = try Self.estimate(rows, \.secondsPerInterHostByte, hosts: 2, ranks: 4)
    #expect(across.ranks.map { $0.times[.outputExchange] } == [64, 64, 128, 128])
    #expect(across.ranks.map { $0.times[.gradientExchange] } == [64, 64, 128, 128])
    let lookups = try Self.estimate(rows, \.secondsPerLookup, hosts: 2, ranks: 4)
    #expect(lookups.ranks.map { $0.times[.lookup] } == [0, 0, 24, 24])
    let grid = TableSharding.grid(rows: 10, columns: 4, hosts: [0, 1], layout: layout)
    let both = try Self.estimate(grid, \.secondsPerInterHostByte, hosts: 2, ranks: 4)
    #expect(both.ranks.map { $0.times[.outputExchange] } == [64, 64, 64, 64])
  }

  @Test("a collective costs its latency once for all tables; pieces of columns sum their rows' states in one more")
  func latency() throws {
    // Numbers, lengths and ids; vectors; gradients.
    #expect(try Self.estimate(.tableWise(rows: 10, columns: 4, rank: 0), \.secondsPerExchange).seconds == 5)
    let pieces = TableSharding.columnWise(rows: 10, columns: 4, ranks: [0, 1])
    #expect(try Self.estimate(pieces, \.secondsPerExchange).seconds == 6)
    var stateless = Self.table
    stateless.statesPerRow = 0
    #expect(try Self.estimate(pieces, \.secondsPerExchange, table: stateless).seconds == 5)
    let alone = TableSharding.tableWise(rows: 10, columns: 4, rank: 0)
    #expect(try Self.estimate(alone, \.secondsPerExchange, ranks: 1).seconds == 0)
  }

  @Test(
    "vectors travel in the format asked for, each way its own",
    arguments: [(WireFormat.fp32, 64.0), (.fp16, 32.0), (.bf16, 32.0), (.int8, 48.0)])
  func wire(type: WireFormat, bytes: Double) throws {
    let whole = TableSharding.tableWise(rows: 10, columns: 4, rank: 0)
    let forward = Workload(batch: 8, formats: WireFormats(forward: type), batchesInFlight: 1, reserve: 0)
    let there = try Self.estimate(whole, \.secondsPerIntraHostByte, workload: forward)
    #expect(there.step[.outputExchange] == bytes && there.step[.gradientExchange] == 64)
    let backward = Workload(batch: 8, formats: WireFormats(backward: type), batchesInFlight: 1, reserve: 0)
    let back = try Self.estimate(whole, \.secondsPerIntraHostByte, workload: backward)
    #expect(back.step[.outputExchange] == 64 && back.step[.gradientExchange] == bytes)
  }

  @Test("ids that aren't pooled bring a vector each")
  func sequence() throws {
    var table = Self.table
    table.isPooled = false
    let whole = TableSharding.tableWise(rows: 10, columns: 4, rank: 0)
    #expect(try Self.estimate(whole, \.secondsPerIntraHostByte, table: table).step[.outputExchange] == 3 * 64)
    let rows = TableSharding.rowWise(rows: 10, columns: 4, layout: try WorldLayout(ranks: 2))
    #expect(try Self.estimate(rows, \.secondsPerIntraHostByte, table: table).step[.outputExchange] == 1.5 * 64)
  }

  @Test("dense layers cost six operations a parameter and sample, and an all-reduce")
  func dense() throws {
    let workload = Workload(batch: 8, denseParameters: 100, batchesInFlight: 1, reserve: 0)
    let whole = TableSharding.tableWise(rows: 10, columns: 4, rank: 0)
    #expect(try Self.estimate(whole, \.secondsPerFlop, workload: workload).step[.dense] == 6 * 100 * 4)
    let bytes = try Self.estimate(whole, \.secondsPerIntraHostByte, workload: workload)
    #expect(bytes.step[.allReduce] == 400)
    #expect(bytes.ranks[1].storage.ddr == 128 + 2400)
  }

  @Test("rows in main memory beside a GPU are read there and copied over")
  func hostPlacement() throws {
    var topology = try Topology(ranks: 2, hbm: 1 << 30, ddr: 1 << 30, costs: PlannerWorld.unit(\.secondsPerHostRow))
    let plan = ShardingPlan(
      layout: topology.layout, tables: ["t": .tableWise(rows: 10, columns: 4, rank: 0)])
    func estimate() throws -> PlanEstimate {
      let workload = Workload(batch: 8, batchesInFlight: 1, reserve: 0)
      return try ShardingPlanner(topology: topology, workload: workload)
        .estimate(plan, of: [Self.table], placements: ["t": .host]).estimate
    }
    let rows = try estimate()
    #expect(rows.step[.lookup] == 24)
    #expect(rows.ranks[0].storage == Storage(hbm: 192 + 256 + 128, ddr: 200))
    topology.costs = PlannerWorld.unit(\.secondsPerCopiedByte)
    // 8 vectors of 16 bytes and 24 ids of 8.
    #expect(try estimate().step[.lookup] == 128 + 192)
    topology.costs = PlannerWorld.unit(\.secondsPerLookup)
    #expect(try estimate().step[.lookup] == 0)
  }
}
