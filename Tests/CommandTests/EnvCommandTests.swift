import Foundation
import TestSupport
import Testing

@Suite struct EnvCommandTests {
  /// A run that says it was trained on another PyTorch.
  private func foreignRun(_ copy: () throws -> Scratch, _ run: String) throws -> Scratch {
    let scratch = try copy()
    let file = "\(run)/environment.json"
    let text = try scratch.text(file)
    let here = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let torch = try #require((here["torch"] as? [String: Any])?["build"] as? String)
    try scratch.write(file, text.replacing("\"build\" : \"\(torch)\"", with: "\"build\" : \"2.11.0+cu130\""))
    return scratch
  }

  @Test func aRunHoldsItsEnvironment() throws {
    let scratch = try SmallRun.copy()
    let record = try #require(
      try JSONSerialization.jsonObject(with: scratch.bytes("run/environment.json")) as? [String: Any])
    #expect(record["format"] as? String == "swiftrec-environment")
    #expect((record["threads"] as? [String: Any])?["intra_op"] as? Int == 1)
    #expect(try SmallRanker.copy().text("ranked/environment.json").contains("\"bridge_build\""))
  }

  @Test func recordsOfOneMachineAreTheSame() throws {
    let scratch = try Scratch()
    let written = try Program.run(["env", "record", "--out", "a.json"], in: scratch.path)
    #expect(written.status == 0 && written.output.isEmpty && written.errors.hasPrefix("a.json: SwiftRec "))
    let printed = try Program.run(["env", "record"], in: scratch.path)
    #expect(printed.status == 0)
    try scratch.write("b.json", printed.output)
    for arguments in [["a.json", "b.json"], ["a.json"]] {
      let result = try Program.run(["env", "diff"] + arguments, in: scratch.path)
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(result.output.contains("are the same environment"))
    }
    let json = try Program.run(["env", "diff", "a.json", "b.json", "--json"], in: scratch.path)
    #expect(json.output.contains("\"same\": true"))
  }

  @Test func differencesAreTold() throws {
    let scratch = try Scratch()
    let variables = ["OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "10000"]
    for (name, more) in [("a.json", [:]), ("b.json", ["NCCL_ALGO": "Ring", "GOMP_SPINCOUNT": "20000"])] {
      let result = try Program.run(
        ["env", "record", "--out", name], in: scratch.path, environment: variables.merging(more) { $1 })
      #expect(result.status == 0, "\(result.errors)")
    }
    let table = try Program.run(["env", "diff", "a.json", "b.json"], in: scratch.path)
    #expect(table.status == 1 && table.errors.isEmpty)
    let lines = table.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.count == 4)
    #expect(lines[1].prefix(4) == ["$NCCL_ALGO", "none", "Ring", "numbers"])
    #expect(lines[2].prefix(4) == ["$GOMP_SPINCOUNT", "10000", "20000", "speed"])
    #expect(table.output.contains("1 of 2 can change numbers"))
    let json = try Program.run(["env", "diff", "a.json", "b.json", "--json"], in: scratch.path)
    #expect(json.status == 1)
    let answer = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    #expect(answer["same"] as? Bool == false && answer["can_change_numbers"] as? Bool == true)
    #expect((answer["differences"] as? [[String: Any]])?.count == 2)
  }

  @Test func faultsOfRecords() throws {
    let scratch = try SmallRun.copy()
    let text = try scratch.text("run/environment.json")
    try scratch.write("cut.json", String(text.prefix(200)))
    try scratch.write("newer.json", text.replacing("\"version\" : 1\n", with: "\"version\" : 9\n"))
    for (file, part) in [
      ("cut.json", "cut off"), ("newer.json", "a record of version 9, this SwiftRec reads version 1"),
      ("none.json", "no such file"),
    ] {
      let result = try Program.run(["env", "diff", "run", file], in: scratch.path)
      #expect(result.status == 3 && result.output.isEmpty)
      #expect(result.message.hasPrefix("error: \(file): ") && result.message.contains(part), "\(result.errors)")
    }
    let full = try Program.run(["env", "record", "--out", "no/such/folder.json"], in: scratch.path)
    #expect(full.status == 3 && full.message.contains("check the path"), "\(full.errors)")
  }

  static let questions: [[String]] = [
    ["recommend", "run", "--user", "1"], ["similar", "run", "--item", "1"], ["evaluate", "run"],
    ["predict", "run", "pairs.tsv", "--out", "scores.tsv"], ["embeddings", "export", "run"],
  ]

  @Test(arguments: questions)
  func aRunFromElsewhereSaysSoBeforeItAnswers(arguments: [String]) throws {
    let scratch = try foreignRun(SmallRun.copy, "run")
    try scratch.write("pairs.tsv", "1\t1\n")
    let result = try Program.run(arguments, in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let told = result.errors.split(separator: "\n").filter { $0.hasPrefix("note: run was trained with SwiftRec ") }
    #expect(told.count == 1, "\(result.errors)")
    #expect(told.first?.contains("on PyTorch 2.11.0+cu130, this is SwiftRec ") == true)
    #expect(told.first?.contains("swiftrec env diff run") == true)
    // Without that nothing is said.
    let own = try SmallRun.copy()
    try own.write("pairs.tsv", "1\t1\n")
    #expect(try !Program.run(arguments, in: own.path).errors.contains("was trained"))
  }

  @Test(arguments: [["evaluate", "ranked"], ["predict", "ranked", "test.csv", "--out", "p.tsv"]])
  func aRankerToo(arguments: [String]) throws {
    let scratch = try foreignRun(SmallRanker.copy, "ranked")
    let result = try Program.run(arguments, in: scratch.path)
    #expect(result.status == 0 && result.errors.contains("note: ranked was trained with SwiftRec "), "\(result.errors)")
  }

  @Test func aBrokenRecordKeepsNobodyFromAnswering() throws {
    let scratch = try SmallRun.copy()
    try scratch.write("run/environment.json", "{\"format")
    let result = try Program.run(["recommend", "run", "--user", "1"], in: scratch.path)
    #expect(result.status == 0 && result.output.contains("for user 1"))
    #expect(result.errors.contains("note: what run was trained on is not known: "), "\(result.errors)")
  }

  @Test func aRunThatGoesOnElsewhereIsNoted() throws {
    let scratch = try foreignRun(SmallRun.copy, "run")
    let result = try Program.run(
      ["train", "small.yaml", "--out", "run", "--resume"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains("note: run was trained so far with PyTorch 2.11.0+cu130, now "), "\(result.errors)")
    #expect(try !scratch.text("run/environment.json").contains("2.11.0+cu130"))
  }
}
