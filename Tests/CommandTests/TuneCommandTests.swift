import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct TuneCommandTests {
  static let space = "train.optimizer.lr: {log_uniform: [1e-3, 1e-1]}\nmodel.dimension: {choice: [2, 4]}\n"

  private func answer(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// What must not depend on the clock.
  private func values(_ text: String) throws -> [String] {
    let trials = try #require(try answer(text)["trials"] as? [[String: Any]])
    return try trials.map { trial in
      let settings = try #require(trial["settings"] as? [String: String]).sorted { $0.key < $1.key }
      return
        "\(trial["trial"] ?? "") \(settings) \(trial["value"] ?? "") \(trial["rounds"] ?? "") \(trial["steps"] ?? "")"
    }
  }

  private func arguments(_ out: String, _ more: String...) -> [String] {
    ["tune", "ranker.yaml", "--space", "space.yaml", "--trials", "6", "--out", out, "--set", "train.epochs=6"]
      + more
  }

  @Test func printsATableAndWritesTheBest() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("space.yaml", Self.space)
    let result = try Program.run(arguments("t"), in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 8)
    #expect(
      lines[0].split(separator: " ").map(String.init)
        == ["trial", "train.optimizer.lr", "model.dimension", "auc", "epochs", "steps", "seconds"])
    #expect(lines[7].hasPrefix("best: trial ") && lines[7].hasSuffix(", t/best.yaml"))
    // Six trials for two epochs, the two best for six.
    #expect(lines[1...6].map { $0.split(separator: " ")[4] }.sorted() == ["2", "2", "2", "2", "6", "6"])
    #expect(result.errors.contains("round 1/2, trial 1: train.optimizer.lr="))
    let trained = try Program.run(["train", "t/best.yaml", "--out", "best"], in: scratch.path)
    #expect(trained.status == 0 && trained.output.hasPrefix("auc 0."), "\(trained.errors)")
  }

  @Test func killedAndResumedItEndsAsUndisturbed() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("space.yaml", Self.space)
    let whole = try Program.run(arguments("whole", "--json", "--set", "train.batch=4"), in: scratch.path)
    #expect(whole.status == 0, "\(whole.errors)")
    var kills = 0
    for milliseconds in [200, 260, 320, 400, 500] {
      let running = try Program.start(
        arguments("parts", "--json", "--resume", "--set", "train.batch=4"), in: scratch.path)
      usleep(UInt32(milliseconds) * 1000)
      kill(running.process.processIdentifier, SIGKILL)
      if try running.wait().status == 128 + SIGKILL { kills += 1 }
    }
    #expect(kills > 0)
    let last = try Program.run(arguments("parts", "--json", "--resume", "--set", "train.batch=4"), in: scratch.path)
    #expect(last.status == 0, "\(last.errors)")
    #expect(try values(last.output) == values(whole.output))
    #expect(try answer(last.output)["best"] as? Int == answer(whole.output)["best"] as? Int)
    #expect(try scratch.bytes("parts/best.yaml") == scratch.bytes("whole/best.yaml"))
  }

  @Test func theCPUHasNoShareOfAGPU() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("space.yaml", Self.space)
    let share = ["--gpu-memory-fraction", "0.5"]
    let refused = try Program.run(arguments("t", "--device", "cpu") + share, in: scratch.path)
    #expect(refused.status == 5 && refused.output.isEmpty)
    #expect(refused.message.contains("the device is cpu, which has no GPU memory"), "\(refused.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("t")))
    let wrong = try Program.run(arguments("t", "--gpu-memory-fraction", "2"), in: scratch.path)
    #expect(wrong.status == 2)
    #expect(wrong.message.contains("expected a number above 0 and up to 1"), "\(wrong.errors)")
  }

  @Test func aSignalSaysHowToGoOn() throws {
    let scratch = try Scratch()
    try scratch.write("long.yaml", SmallRun.long)
    try scratch.write("space.yaml", "train.optimizer.lr: {log_uniform: [1e-3, 1e-1]}\n")
    let running = try Program.start(
      ["tune", "long.yaml", "--space", "space.yaml", "--trials", "2", "--out", "t", "--method", "random"],
      in: scratch.path)
    for _ in 0..<1000 {
      if (try? scratch.text("t/trials/001/metrics.jsonl"))?.contains("\"start\"") == true { break }
      usleep(10_000)
    }
    kill(running.process.processIdentifier, SIGTERM)
    let result = try running.wait()
    #expect(result.status == 143, "\(result.errors)")
    let hint = try #require(result.errors.components(separatedBy: "resume with: ").last?.split(separator: "\n").first)
    #expect(hint == "swiftrec tune long.yaml --space space.yaml --trials 2 --method random --out t --resume")
    #expect(
      try scratch.text("t/tune.json").contains("\"values\" : [\n\n      ]")
        || scratch.text("t/tune.json").contains("\"values\" : []"))
  }
}
