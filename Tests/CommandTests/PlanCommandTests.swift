import Foundation
import Testing

@Suite struct PlanCommandTests {
  /// `Tests/Reference/plan.py` counts both by itself.
  static let golden = ["dlrm-criteo-kaggle", "mf-synthetic"]

  private func reference(_ name: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: "\(Program.root)/Tests/Reference/plan/\(name)"))
  }

  private func object(_ data: Data) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test(arguments: golden)
  func printsATableALineAndWhatIsFree(name: String) throws {
    let scratch = try Scratch()
    let file = "\(Program.root)/configs/\(name).yaml"
    let result = try Program.run(["plan", file, "--set", "device=cpu"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.first?.hasSuffix(", on cpu:") == true)
    let table = lines.dropFirst().dropLast().map { $0 + "\n" }.joined()
    #expect(table == String(decoding: try reference("\(name).txt"), as: UTF8.self))
    #expect(lines.last?.contains(" free in main memory: fits") == true)
    #expect(try scratch.picture().isEmpty)
  }

  @Test(arguments: golden)
  func answersWithOneObject(name: String) throws {
    let scratch = try Scratch()
    let result = try Program.run(
      ["plan", "\(Program.root)/configs/\(name).yaml", "--json", "--set", "device=cpu"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    var answer = try object(Data(result.output.utf8))
    #expect((answer.removeValue(forKey: "available_bytes") as? Int ?? 0) > 0)
    #expect(answer.removeValue(forKey: "fits") as? Bool == true)
    #expect(NSDictionary(dictionary: answer) == NSDictionary(dictionary: try object(reference("\(name).json"))))
  }

  @Test func overridesChangeWhatIsCounted() throws {
    let result = try Program.run(
      [
        "plan", "\(Program.root)/configs/dlrm-criteo-kaggle.yaml", "--json", "--set", "embeddings.dim=64", "--set",
        "embeddings.data_type=bf16", "--set", "embeddings.optimizer=adam", "--set", "device=cpu",
      ], in: NSTemporaryDirectory())
    let answer = try object(Data(result.output.utf8))
    #expect(answer["bytes"] as? Int == 33_762_577 * 64 * 2)
    #expect(answer["state_bytes"] as? Int == 33_762_577 * 64 * 2 * 4)
  }

  @Test(arguments: [["plan", "huge.yaml"], ["plan", "huge.yaml", "--json"]])
  func refusesWhatCannotFitWithTheArithmetic(arguments: [String]) throws {
    let scratch = try Scratch()
    try scratch.write(
      "huge.yaml",
      """
      embeddings:
        optimizer: adam
        tables:
          - {name: small, rows: 10, dim: 8}
          - {name: huge, rows: 10_000_000_000, dim: 64}
      device: cpu
      """)
    let before = try scratch.picture()
    let result = try Program.run(arguments, in: scratch.path)
    #expect(result.status == 5)
    for part in [
      "error: the tables need 7.68 TB and ", " free in main memory", "\"huge\"",
      "10,000,000,000 rows x 256 bytes = 2.56 TB of fp32 weights + 5.12 TB of optimiser state", "take fewer rows",
    ] {
      #expect(result.errors.contains(part), "\"\(part)\" is not in: \(result.errors)")
    }
    #expect(try scratch.picture() == before)
    if arguments.contains("--json") {
      let answer = try object(Data(result.output.utf8))
      #expect(answer["fits"] as? Bool == false && answer["total_bytes"] as? Int == 7_680_000_000_960)
    } else {
      #expect(result.output.contains(" too little"))
    }
  }

  /// More than an `Int` can count is refused like anything else that is too large.
  @Test func sizesBeyondCountingAreRefused() throws {
    let scratch = try Scratch()
    let table = "{name: t, rows: 1000000000000, dim: 65536, optimizer: adam}"
    let tables = (0..<40).map { table.replacingOccurrences(of: "name: t", with: "name: t\($0)") }
    try scratch.write("huge.yaml", "embeddings: {tables: [\(tables.joined(separator: ", "))]}\ndevice: cpu\n")
    let result = try Program.run(["plan", "huge.yaml"], in: scratch.path)
    #expect(result.status == 5 && result.errors.contains("9.22 EB"), "\(result.errors)")
  }

  @Test func faultsOfAFileAreReportedAtOnce() throws {
    let scratch = try Scratch()
    try scratch.write(
      "bad.yaml",
      """
      embeddings:
        dim: 16
        tables:
          - {name: a, rows: 0}
          - {name: b, rows: 5, pooling: max}
      """)
    let result = try Program.run(["plan", "bad.yaml", "--set", "embeddings.dim=x"], in: scratch.path)
    #expect(result.status == 2 && result.output.isEmpty)
    for part in [
      "error: --set embeddings.dim=x: embeddings.dim: received x",
      "error: bad.yaml:4: embeddings.tables[0].rows: received 0",
      "error: bad.yaml:5: embeddings.tables[1].pooling: received max, expected one of sum, mean",
    ] {
      #expect(result.errors.contains(part), "\"\(part)\" is not in: \(result.errors)")
    }
  }

  @Test func aRunsPlanNeedsItsData() throws {
    let scratch = try Scratch()
    try scratch.write("c.yaml", "data: {name: csv, path: none.csv}\nmodel: {name: mf}\n")
    let result = try Program.run(["plan", "c.yaml"], in: scratch.path)
    #expect(result.status == 3 && result.errors.contains("none.csv"), "\(result.errors)")
    let missing = try Program.run(["plan", "nothing.yaml"], in: scratch.path)
    #expect(missing.status == 2 && missing.errors.contains("check the path"), "\(missing.errors)")
  }

  @Test func aModelWithoutTablesTakesNone() throws {
    let scratch = try Scratch()
    try scratch.write("c.yaml", "data: {name: \"synthetic:implicit\"}\nmodel: {name: popularity}\ndevice: cpu\n")
    let result = try Program.run(["plan", "c.yaml"], in: scratch.path)
    #expect(result.status == 0 && result.output == "popularity on synthetic:implicit, on cpu:\nno tables\n")
  }

  @Test func trainSaysWhatIsMissing() throws {
    let scratch = try Scratch()
    let result = try Program.run(
      ["train", "\(Program.root)/configs/dlrm-criteo-kaggle.yaml", "--out", "new"], in: scratch.path)
    #expect(result.status == 2)
    #expect(result.errors.contains("no `data` and `model` sections") && result.errors.contains("swiftrec plan"))
    #expect(result.message.split(separator: "\n").count == 1, "\(result.errors)")
    #expect(try scratch.picture().isEmpty)
  }

  @Test func trainSaysItBeforeTheFirstStep() throws {
    let scratch = try Scratch()
    try scratch.write("small.yaml", SmallRun.configuration)
    let result = try Program.run(
      ["train", "small.yaml", "--out", "run", "--device", "cpu", "--set", "train.epochs=1"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.errors.split(separator: "\n").map(String.init)
    let planned = lines.filter { $0.hasPrefix("memory: ") }
    #expect(planned.count == 6)
    #expect(planned.first == "memory: user_factors: 120 x 8 fp32, 3.84 KB + 7.68 KB of optimiser state")
    #expect(planned.dropLast().last == "memory: 4 tables: 7.20 KB + 14.40 KB of optimiser state = 21.60 KB")
    let last = try #require(lines.lastIndex { $0.hasPrefix("memory: ") })
    let began = try #require(lines.firstIndex { $0.contains(" parameters, ") })
    #expect(last < began)
  }
}
