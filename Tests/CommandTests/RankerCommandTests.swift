import Foundation
import TestSupport
import Testing
import Torch

@Suite(.serialized) struct RankerCommandTests {
  private func tensors(_ path: String) throws -> [String: [Float]] {
    try Safetensors.read(path).tensors.mapValues { try $0.floats() }
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func trainEndsWithTheTestMetrics() throws {
    let scratch = try SmallRanker.copy()
    let lines = try scratch.text("output.txt").split(separator: "\n").map(String.init)
    #expect(lines.count == 2 && lines.last == "run: ranked")
    let words = lines[0].split(separator: " ").map(String.init)
    #expect(words.count == 9 && words[0] == "auc" && words[2] == "logloss" && words[4] == "ne")
    #expect(lines[0].hasSuffix("(200 test rows)"))
    #expect(try #require(Double(words[1])) > 0.7)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.file("ranked")).filter { !$0.hasPrefix("events.") }
        .sorted() == ["checkpoints", "config.yaml", "environment.json", "metrics.jsonl", "pipeline", "state.json"])
  }

  @Test func evaluateSaysWhatTrainSaid() throws {
    let scratch = try SmallRanker.copy()
    // The training rows are not read again.
    try FileManager.default.removeItem(atPath: scratch.file("held.csv"))
    let result = try Program.run(["evaluate", "ranked", "--json"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let metrics = try #require(try object(result.output)["metrics"] as? [String: Double])
    #expect(Set(metrics.keys) == ["auc", "logloss", "ne", "calibration", "rmse", "mae", "ctr", "gauc"])
    let said = try scratch.text("output.txt")
    #expect(said.hasPrefix(String(format: "auc %.4f", try #require(metrics["auc"]))))
    let table = try Program.run(["evaluate", "ranked"], in: scratch.path)
    #expect(table.output.hasPrefix("ranked: 200 test rows, every row\nmetric"))
    #expect(table.output.contains("\ngauc") && table.output.hasSuffix(" rows/s\n"))
  }

  @Test func predictAnswersEveryRowWithoutLookingAtItsLabel() throws {
    let scratch = try SmallRanker.copy()
    let result = try Program.run(["predict", "ranked", "test.csv", "--out", "p.tsv", "--json"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(try object(result.output)["rows"] as? Int == 200)
    let lines = try scratch.text("p.tsv").split(separator: "\n").map(String.init)
    #expect(lines.count == 201 && lines[0] == "click")
    let values = lines.dropFirst().compactMap(Double.init)
    #expect(values.count == 200 && values.allSatisfy { $0 > 0 && $0 < 1 })
    // The same probabilities as the evaluation's: their LogLoss is the one that it gave.
    let labels = try scratch.text("test.csv").split(separator: "\n").dropFirst().map { $0.first == "1" }
    let entropy = zip(values, labels).map { -log($1 ? $0 : 1 - $0) }.reduce(0, +) / 200
    let evaluated = try Program.run(["evaluate", "ranked", "--json"], in: scratch.path)
    let metrics = try #require(try object(evaluated.output)["metrics"] as? [String: Double])
    #expect(abs(entropy - (metrics["logloss"] ?? 0)) < 1e-5)
    let blind = try scratch.text("test.csv").split(separator: "\n").enumerated().map {
      $0 == 0 ? String($1) : "," + $1.dropFirst(2)
    }
    try scratch.write("blind.csv", blind.joined(separator: "\n") + "\n")
    let again = try Program.run(["predict", "ranked", "blind.csv", "--out", "q.tsv"], in: scratch.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try scratch.bytes("p.tsv") == scratch.bytes("q.tsv"))
  }

  @Test func planCountsTheTables() throws {
    let scratch = try SmallRanker.copy()
    let result = try Program.run(["plan", "ranker.yaml", "--set", "device=cpu"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("dlrm on table, row-wise-adagrad, on cpu:\n"))
    // Five cities and two ids for what is missing or unknown; fifty buckets and the missing one.
    let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.contains { $0.first == "city" && $0.contains("7") })
    #expect(lines.contains { $0.first == "item" && $0.contains("51") })
  }

  @Test func theConfigurationOfTheRunMakesTheSameRun() throws {
    let scratch = try SmallRanker.copy()
    let again = try Program.run(["train", "ranked/config.yaml", "--out", "again"], in: scratch.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(try again.output == scratch.text("output.txt").replacingOccurrences(of: "run: ranked", with: "run: again"))
    let file = "checkpoints/last.safetensors"
    #expect(try tensors(scratch.file("ranked/\(file)")) == tensors(scratch.file("again/\(file)")))
  }

  @Test func killedAtAnyMomentAndResumedItEndsInTheSameWeights() throws {
    let scratch = try Scratch()
    try scratch.write("long.yaml", SmallRanker.long)
    let whole = try Program.run(["train", "long.yaml", "--out", "whole"], in: scratch.path)
    #expect(whole.status == 0, "\(whole.errors)")
    var kills = 0
    for milliseconds in [200, 400, 500, 600, 700, 900] {
      let running = try Program.start(["train", "long.yaml", "--out", "parts", "--resume"], in: scratch.path)
      usleep(UInt32(milliseconds) * 1000)
      kill(running.process.processIdentifier, SIGKILL)
      if try running.wait().status == 128 + SIGKILL { kills += 1 }
    }
    #expect(kills > 0)
    let last = try Program.run(["train", "long.yaml", "--out", "parts", "--resume"], in: scratch.path)
    #expect(last.status == 0, "\(last.errors)")
    for name in ["last", "best"] {
      let file = "checkpoints/\(name).safetensors"
      #expect(try tensors(scratch.file("whole/\(file)")) == tensors(scratch.file("parts/\(file)")))
    }
    #expect(last.output == whole.output.replacingOccurrences(of: "run: whole", with: "run: parts"))
    try theCeilingStandsBesideTheAUC(whole, scratch)
  }

  /// In the closing line, in both forms of an evaluation and in the run's metrics.
  private func theCeilingStandsBesideTheAUC(_ trained: Program.Result, _ scratch: Scratch) throws {
    let words = trained.output.split(separator: " ").map(String.init)
    #expect(words[0] == "auc" && words[2] == "auc_ceiling")
    let (reached, ceiling) = (try #require(Double(words[1])), try #require(Double(words[3])))
    #expect(ceiling > 0.75 && reached < ceiling)
    #expect(trained.errors.contains(" of 0.7"))
    let table = try Program.run(["evaluate", "whole"], in: scratch.path)
    #expect(table.output.contains("\nauc_ceiling  \(words[3])\n"))
    let json = try Program.run(["evaluate", "whole", "--json"], in: scratch.path)
    let metrics = try #require(try object(json.output)["metrics"] as? [String: Double])
    #expect(String(format: "%.4f", metrics["auc_ceiling"] ?? 0) == words[3])
    for run in ["whole", "parts"] {
      let lines = try scratch.text("\(run)/metrics.jsonl").split(separator: "\n").map { try object(String($0)) }
      let tests = lines.filter { $0["kind"] as? String == "test" }
      #expect(tests.count == 1 && lines.last?["kind"] as? String == "test")
      #expect((tests.first?["test"] as? [String: Double]) == metrics)
      let epochs = lines.filter { $0["kind"] as? String == "epoch" }
      #expect(epochs.count == 2 && epochs.allSatisfy { ($0["validation"] as? [String: Double])?["auc_ceiling"] != nil })
    }
  }

  @Test func validatesEveryFewSteps() throws {
    let scratch = try SmallRanker.copy()
    let result = try Program.run(
      ["train", "ranker.yaml", "--out", "new", "--set", "train.validate_steps=7"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("epoch 1/2  step 7  validation auc 0."))
    #expect(result.errors.contains("best epoch") && result.errors.contains("at step"))
    #expect(try scratch.text("new/config.yaml").contains("validate_steps: 7"))
  }

  @Test func rowsThatAreLeftOutAreCounted() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write(
      "train.csv", SmallRanker.header + SmallRanker.rows(0..<300) + "1,u1,cheap,c1,i1\n" + SmallRanker.rows(300..<600))
    let result = try Program.run(
      ["train", "ranker.yaml", "--out", "new", "--set", "data.on_error=skip"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("1 faulty rows skipped"))
    #expect(result.output.contains("(200 test rows)\n"))
    try scratch.write("test.csv", SmallRanker.header + SmallRanker.rows(800..<1000) + "9,u1,1,c1,i1\n1,u1\n")
    let tested = try Program.run(["evaluate", "new"], in: scratch.path)
    #expect(tested.output.hasPrefix("new: 200 test rows, every row but 2 faulty ones\n"), "\(tested.errors)")
    let json = try object(Program.run(["evaluate", "new", "--json"], in: scratch.path).output)
    #expect(json["skipped_rows"] as? Int == 2)
    let again = try Program.run(
      ["train", "ranker.yaml", "--out", "third", "--set", "data.on_error=skip"], in: scratch.path)
    #expect(again.output.contains("(200 test rows, 2 faulty ones skipped)\n"))
  }
}
