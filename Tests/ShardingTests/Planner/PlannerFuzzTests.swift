import Sharding
import Sparse
import Testing

@Suite("Planner on any input")
struct PlannerFuzzTests {
  @Test("any world and any tables end in a plan that holds, or in an error", arguments: 0..<150)
  func anything(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed) &* 977 &+ 11)
    let numbers = [0, 1, 2, 3, 5, 8, 12, 16, 64, 1000, 1 << 20, 1 << 30, 1 << 40, 1 << 50, Int.max]
    func number() -> Int { numbers.randomElement(using: &random) ?? 1 }
    func small() -> Int { Int.random(in: 1...12, using: &random) }
    func flag() -> Bool { Bool.random(using: &random) }
    do {
      let hosts = small()
      let topology = try Topology(
        ranks: flag() ? hosts * small() : small(), hosts: hosts, hbm: flag() ? number() : 0, ddr: number())
      let tables = (0..<Int.random(in: 1...6, using: &random)).map { index in
        PlannerTable(
          name: "t\(index)", rows: flag() ? number() : small() * 1000, columns: flag() ? number() : small() * 16,
          features: small(), isPooled: flag(), dataType: [.fp32, .bf16].randomElement(using: &random) ?? .fp32,
          placement: flag() ? .device : .host, statesPerWeight: small() % 3, statesPerRow: small() % 3,
          isWeighted: flag(), poolingFactor: Double(small() * small()))
      }
      let workload = Workload(
        batch: number(), formats: WireFormats(forward: WireFormat.allCases.randomElement(using: &random) ?? .fp32),
        denseParameters: flag() ? number() : 0, reserve: Double.random(in: 0..<1, using: &random))
      var planner = ShardingPlanner(
        topology: topology, workload: workload,
        proposers: ProposerChoice.allCases.randomElement(using: &random) ?? .all)
      if flag() {
        planner.constraints["t0"] = TableConstraints(
          types: flag() ? [ShardingType.allCases.randomElement(using: &random) ?? .rowWise] : nil,
          minColumns: flag() ? number() : nil, ranks: flag() ? [small() - 1, small()] : nil,
          host: flag() ? small() - 1 : nil)
      }
      let planned = try planner.plan(tables)
      let configs = tables.map { EmbeddingBagConfig(name: $0.name, numEmbeddings: $0.rows, embeddingDim: $0.columns) }
      try planned.plan.validate(configs, ranks: topology.layout.ranks)
      let share = 1 - workload.reserve
      for rank in planned.estimate.ranks {
        #expect(Double(rank.storage.hbm) <= Double(topology.hbm) * share + 1)
        #expect(Double(rank.storage.ddr) <= Double(topology.ddr) * share + 1)
        #expect(rank.times.total.isFinite && rank.times.total >= 0)
      }
      #expect(!planned.description.isEmpty)
      #expect(try PlanFile(json: PlanFile(planned).json(), name: "p").plan == planned.plan)
    } catch let error as ShardingError {
      #expect(!error.message.isEmpty)
    }
  }

  @Test(
    "sizes as people write them",
    arguments: [
      ("80GiB", 80 << 30), ("1TiB", 1 << 40), ("1.5 TiB", 3 << 39), ("64GB", 64_000_000_000), ("512", 512),
      ("1_024B", 1024), ("2kib", 2048),
    ] as [(String, Int)])
  func sizes(text: String, bytes: Int) {
    #expect(ByteSize.parse(text) == bytes)
  }

  @Test(arguments: ["", "GiB", "-1GiB", "many", "1e9", "1..2GB", "99999999999PiB", "nan", "0x10", "½GiB"])
  func noSizes(text: String) {
    #expect(ByteSize.parse(text) == nil)
  }

  @Test("sizes are written with the unit that suits")
  func sizeText() {
    #expect(ByteSize.text(0) == "0 B" && ByteSize.text(80 << 30) == "80.00 GiB" && ByteSize.text(1536) == "1.50 KiB")
    #expect(ByteSize.text((1 << 30) - 1) == "1.00 GiB" && ByteSize.text(.max) == "8.00 EiB")
  }
}
