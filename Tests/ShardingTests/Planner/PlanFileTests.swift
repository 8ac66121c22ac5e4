import Foundation
import Sharding
import Sparse
import Testing

@Suite("Plan files")
struct PlanFileTests {
  static func planned() throws -> PlannedSharding {
    let tables = [
      PlannerTable(name: "item", rows: 50_000_000, columns: 128, poolingFactor: 20),
      PlannerTable(name: "page", rows: 30_000_000, columns: 64), PlannerTable(name: "day", rows: 7, columns: 32),
    ]
    return try PlannerWorld.planner(try Topology(ranks: 4, hosts: 2, hbm: 10 << 30, ddr: 1 << 36)).plan(tables)
  }

  @Test("what is written reads back equal, and as the same bytes")
  func roundTrip() throws {
    let planned = try Self.planned()
    let file = PlanFile(planned)
    let again = try PlanFile(json: file.json(), name: "plan.json")
    #expect(again == file && again.plan == planned.plan && again.placements == planned.placements)
    #expect(again.secondsPerStep == planned.estimate.seconds)
    #expect(try again.json() == file.json())
    // Who knows plans alone reads it too.
    #expect(try JSONDecoder().decode(ShardingPlan.self, from: file.json()) == planned.plan)
  }

  @Test("on disk; a folder that is not there, and a file that is not there, are said")
  func disk() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("plan-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = PlanFile(try Self.planned())
    let path = folder.appendingPathComponent("plan.json").path
    try file.write(to: path)
    #expect(try PlanFile(path: path) == file)
    let missing = #expect(throws: ShardingError.self) { try file.write(to: "\(folder.path)/none/plan.json") }
    #expect(missing?.message.contains("can't be written") == true)
    let absent = #expect(throws: ShardingError.self) { _ = try PlanFile(path: "\(folder.path)/other.json") }
    #expect(absent?.message.contains("no file that can be read") == true)
  }

  @Test("text that is no plan is refused with what it lacks")
  func corrupted() throws {
    let whole = String(decoding: try PlanFile(try Self.planned()).json(), as: UTF8.self)
    let cases: [(String, String)] = [
      ("", "no plan"), ("{}", "lacks \"version\""), (String(whole.dropLast(40)), "no plan"),
      (whole.replacingOccurrences(of: "\"version\" : 1", with: "\"version\" : 2"), "version 2"),
      (whole.replacingOccurrences(of: "\"ranksPerHost\" : 2", with: "\"ranksPerHost\" : 0"), "plan again"),
      (whole.replacingOccurrences(of: "\"rowCount\"", with: "\"rows\""), "lacks \"rowCount\""),
      (whole.replacingOccurrences(of: "\"ranks\" : 4", with: "\"ranks\" : \"four\""), "layout.ranks"),
    ]
    for (text, part) in cases {
      let error = #expect(throws: ShardingError.self) { _ = try PlanFile(json: Data(text.utf8), name: "p.json") }
      #expect(
        error?.message.contains("p.json") == true && error?.message.contains(part) == true,
        "\(part): \(error?.message ?? "")")
    }
  }

  @Test("shards of any numbers are faults, never traps")
  func hostileShards() throws {
    let config = EmbeddingBagConfig(name: "t", numEmbeddings: 1 << 50, embeddingDim: 1 << 30)
    let layout = try WorldLayout(ranks: 4096)
    var random = SplitMix(state: 5)
    let numbers = [0, 1, -1, 1 << 30, 1 << 50, Int.max, Int.min]
    for _ in 0..<500 {
      func number() -> Int { numbers.randomElement(using: &random) ?? 0 }
      let json = """
        {"type": "row_wise", "shards": [{"rank": \(number()), "firstRow": \(number()), "rowCount": \(number()), \
        "firstColumn": \(number()), "columnCount": \(number())}]}
        """
      let sharding = try JSONDecoder().decode(TableSharding.self, from: Data(json.utf8))
      let plan = ShardingPlan(layout: layout, tables: ["t": sharding])
      #expect(throws: (any Error).self) { try plan.validate([config, config], ranks: number()) }
    }
  }
}
