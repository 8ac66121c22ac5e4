import Foundation
import TestSupport
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

  // MARK: Many processes

  private static let tables = """
    embeddings:
      dim: 64
      tables: [{name: item, rows: 5_000_000}, {name: user, rows: 1_000_000}, {name: day, rows: 7}]
    planner:
      batch: 8192
      tables: {item: {pooling_factor: 20}}
    """

  @Test func dividesTablesOverProcesses() throws {
    let scratch = try Scratch()
    try scratch.write("t.yaml", Self.tables)
    let arguments = ["plan", "t.yaml", "--world-size", "8", "--hosts", "2", "--hbm", "16GiB", "--ddr", "256GiB"]
    let result = try Program.run(arguments + ["--out", "plan.json"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    for part in [
      "3 embedding tables", "8 ranks on 2 hosts, cuda, 16.00 GiB a GPU and 256.00 GiB a host", "\nrank ", "\nstep ",
      "bottleneck: ", "\nitem ", "\nuser ", "\nday ",
    ] { #expect(result.output.contains(part), "\"\(part)\" is not in: \(result.output)") }
    #expect(result.errors == "plan: plan.json\n")
    let plan = try object(Data(contentsOf: URL(fileURLWithPath: scratch.file("plan.json"))))
    #expect(Set((plan["tables"] as? [String: Any] ?? [:]).keys) == ["item", "user", "day"])
    let json = try object(Data(try Program.run(arguments + ["--json"], in: scratch.path).output.utf8))
    #expect(json["ranks"] as? Int == 8 && (json["by_rank"] as? [Any])?.count == 8)
    #expect(json["step_seconds"] as? Double == plan["seconds_per_step"] as? Double)
  }

  @Test func machinesMayStandInAFile() throws {
    let scratch = try Scratch()
    try scratch.write("t.yaml", Self.tables)
    try scratch.write("two.yaml", "ranks: 2\nddr: 64GiB\ncosts: {seconds_per_step: 0.5}\n")
    let result = try Program.run(["plan", "t.yaml", "--topology", "two.yaml", "--ddr", "32GiB"], in: scratch.path)
    #expect(
      result.status == 0 && result.output.contains("2 ranks on 1 host, cpu, 32.00 GiB a host"), "\(result.errors)")
    #expect(result.output.contains("500.0"))
  }

  @Test func whatFitsNowhereIsRefused() throws {
    let scratch = try Scratch()
    try scratch.write("t.yaml", Self.tables)
    let result = try Program.run(
      ["plan", "t.yaml", "--world-size", "2", "--hbm", "100MiB", "--ddr", "0B", "--out", "plan.json"], in: scratch.path)
    #expect(result.status == 5 && result.output.isEmpty)
    #expect(result.errors.contains("table \"item\" (5,000,000 x 64") && result.errors.contains("fits on no rank"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("plan.json")))
  }

  @Test(arguments: [
    (["--hosts", "2"], "--world-size is not there"), (["--out", "p.json"], "--world-size is not there"),
    (["--world-size", "none", "--hbm", "lots"], "--world-size none"),
    (["--world-size", "none", "--hbm", "lots"], "--hbm lots"),
    (["--world-size", "6", "--hosts", "4"], "6 ranks on 4 hosts"),
    (["--world-size", "2", "--proposer", "gready"], "did you mean \"greedy\"?"),
    (["--world-size", "2", "--batch", "0"], "--batch 0"), (["--topology", "none.yaml"], "none.yaml"),
    (["--world-size", "2", "--out", "none/p.json"], "none/p.json"),
  ])
  func faultsOfMachinesAreSaid(arguments: [String], part: String) throws {
    let scratch = try Scratch()
    try scratch.write("t.yaml", Self.tables)
    let result = try Program.run(["plan", "t.yaml"] + arguments, in: scratch.path)
    #expect(result.status == 2 && result.errors.contains(part), "\(result.status): \(result.errors)")
  }
}
