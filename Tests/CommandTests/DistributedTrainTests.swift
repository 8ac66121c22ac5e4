import Foundation
import TestSupport
import Testing
import Torch

/// Training by several processes, against one process on the same configuration.
@Suite(.serialized) struct DistributedTrainTests {
  private func metrics(_ run: String, in scratch: Scratch) throws -> [String: Double] {
    let result = try Program.run(["evaluate", run, "--json"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    return try #require(object?["metrics"] as? [String: Double])
  }

  private func expectClose(_ a: [String: Double], _ b: [String: Double], _ tolerance: Double = 1e-4) {
    #expect(a.keys.sorted() == b.keys.sorted() && !a.isEmpty)
    for (name, value) in a { #expect(abs(value - (b[name] ?? .nan)) < tolerance, "\(name)") }
  }

  /// The checksums of everything that a checkpoint holds, the shards included.
  private func checksums(_ run: String, in scratch: Scratch) throws -> [String] {
    let metadata = try Safetensors.readMetadata(scratch.file("\(run)/checkpoints/last.safetensors"))
    let index = try #require(metadata["swiftrec.shards"])
    let object = try JSONSerialization.jsonObject(with: Data(index.utf8)) as? [String: Any]
    let files = try #require(object?["files"] as? [[String: String]])
    return [try #require(metadata["swiftrec.xxh64"])] + files.compactMap { $0["digest"] }
  }

  @Test(arguments: [2, 3]) func aRankerTrainsAsOneProcessDoes(size: Int) throws {
    let scratch = try SmallRanker.copy()
    let results = try RankProcesses.run(size, "train ranker.yaml --out many", in: scratch.path)
    for result in results { #expect(result.status == 0, "\(result.errors)") }
    // Rank 0 speaks for all.
    #expect(results[0].output.hasPrefix("auc ") && results[0].output.hasSuffix("run: many\n"))
    #expect(results.dropFirst().allSatisfy { $0.output.isEmpty && $0.errors.isEmpty })
    expectClose(try metrics("many", in: scratch), try metrics("ranked", in: scratch))
    let lines = try scratch.text("many/metrics.jsonl").split(separator: "\n").map(String.init)
    let steps = try scratch.text("ranked/metrics.jsonl").split(separator: "\n").map(String.init)
    #expect(lines.count == steps.count)
  }

  @Test func aRecommenderTrainsAsOneProcessDoes() throws {
    let scratch = try SmallRun.copy()
    let results = try RankProcesses.run(2, "train small.yaml --out many", in: scratch.path)
    for result in results { #expect(result.status == 0, "\(result.errors)") }
    expectClose(try metrics("many", in: scratch), try metrics("run", in: scratch), 0.01)
  }

  @Test func aRunGoesOnWithAnotherNumberOfProcesses() throws {
    let scratch = try SmallRanker.copy()
    let whole = try Program.run(
      "train ranker.yaml --set train.epochs=4 --set train.validate_every=0 --out whole".words, in: scratch.path)
    #expect(whole.status == 0, "\(whole.errors)")
    // Seven steps by one process, then to the fifteenth by three, by two, and the rest by one.
    for (size, steps) in [(1, "train.max_steps=7"), (3, "train.max_steps=15"), (2, "train.max_steps=40"), (1, "")] {
      // Without a validation the last weights are the best, wherever a sitting ends.
      let words =
        "train ranker.yaml --set train.epochs=4 --set train.validate_every=0 --out parts --resume"
        + (steps.isEmpty ? "" : " --set \(steps)")
      let results =
        size == 1
        ? [try Program.run(words.words, in: scratch.path)] : try RankProcesses.run(size, words, in: scratch.path)
      for result in results { #expect(result.status == 0, "\(size): \(result.errors)") }
    }
    expectClose(try metrics("parts", in: scratch), try metrics("whole", in: scratch))
  }

  @Test func aSignalToOneRankSavesAllOfThem() throws {
    let scratch = try Scratch()
    try scratch.write("long.yaml", SmallRanker.long)
    let port = try FreePort().number
    let running = try (0..<2).map { rank in
      try Program.start(
        "train long.yaml --out r --set train.epochs=50".words, in: scratch.path,
        environment: [
          "RANK": "\(rank)", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
          "RES_OPTIONS": "timeout:1 attempts:2",
        ])
    }
    for _ in 0..<3000 where (try? scratch.text("r/metrics.jsonl"))?.contains("\"start\"") != true { usleep(10_000) }
    kill(running[1].process.processIdentifier, SIGTERM)
    let results = try running.map { try $0.wait() }
    #expect(results.allSatisfy { $0.status == 128 + SIGTERM }, "\(results.map(\.errors))")
    #expect(results[0].errors.contains("saved; resume with"))
    #expect(FileManager.default.fileExists(atPath: scratch.file("r/checkpoints/last.safetensors")))
  }

  @Test func aKilledWorkerIsReplacedAndNothingIsLost() throws {
    // `make soak` asks for fifty.
    let times = ProcessInfo.processInfo.environment["SWIFTREC_KILLS"].flatMap { Int($0) } ?? 1
    try aKilledWorkerIsReplaced(times: times)
  }

  /// Kills workers at random moments; the launcher starts all again, and the weights end as those of an undisturbed run.
  private func aKilledWorkerIsReplaced(times: Int) throws {
    let scratch = try Scratch()
    try scratch.write("long.yaml", SmallRanker.long)
    let options = ["--set", "train.epochs=1", "--set", "train.checkpoint_steps=50", "--set", "data.rows.train=24_000"]
    let whole = try Program.run(["launch", "-n", "2", "long.yaml", "--out", "whole"] + options, in: scratch.path)
    guard whole.status == 0 else {
      #expect(whole.errors.contains("torchrun is neither in"), "\(whole.errors)")
      return
    }
    let expected = try checksums("whole", in: scratch)
    for time in 0..<times {
      let run = "disturbed\(time)"
      let running = try Program.start(["launch", "-n", "2", "long.yaml", "--out", run] + options, in: scratch.path)
      for _ in 0..<3000
      where !FileManager.default.fileExists(atPath: scratch.file("\(run)/checkpoints/last.safetensors"))
        && running.process.isRunning
      { usleep(10_000) }
      usleep(UInt32.random(in: 0..<400_000))
      let workers = try Program.shell("pgrep -f -- '--out \(run)' | xargs -r ps -o pid=,comm= -p", in: scratch.path)
      let ids = workers.output.split(separator: "\n").filter { $0.contains("swiftrec") }
        .compactMap { $0.split(separator: " ").first.flatMap { Int32($0) } }
      if let victim = ids.randomElement() { kill(victim, SIGKILL) }
      let result = try running.wait()
      #expect(result.status == 0, "\(result.errors)")
      #expect(try checksums(run, in: scratch) == expected)
    }
  }

  /// The cities on rank 1, the items half and half.
  static let plan = """
    {"version": 1, "layout": {"ranks": 2, "ranksPerHost": 2}, "tables": {
      "city": {"type": "table_wise", "shards": [
        {"rank": 1, "firstRow": 0, "rowCount": 7, "firstColumn": 0, "columnCount": 4}]},
      "item": {"type": "row_wise", "shards": [
        {"rank": 0, "firstRow": 0, "rowCount": 26, "firstColumn": 0, "columnCount": 4},
        {"rank": 1, "firstRow": 26, "rowCount": 25, "firstColumn": 0, "columnCount": 4}]}}}
    """

  @Test func aPlanIsFollowedAndAnotherOneContinues() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("plan.json", Self.plan)
    let words = "train ranker.yaml --out many --set sharding.plan=plan.json --set sharding.forward_wire=bf16"
    for result in try RankProcesses.run(2, words, in: scratch.path) { #expect(result.status == 0, "\(result.errors)") }
    expectClose(try metrics("many", in: scratch), try metrics("ranked", in: scratch), 0.01)
    let folder = try #require(
      try FileManager.default.contentsOfDirectory(atPath: scratch.file("many/checkpoints")).first {
        $0.hasPrefix("last-")
      })
    let shard = try Safetensors.read(scratch.file("many/checkpoints/\(folder)/rank-1.safetensors")).tensors
    #expect(shard["features.embeddings.embedding_bags.item.weight[26:51,0:4]"]?.shape == [25, 4])
    // The planner's own plan takes over where this one ended.
    let more = "train ranker.yaml --out many --resume --set train.epochs=3"
    for result in try RankProcesses.run(2, more, in: scratch.path) { #expect(result.status == 0, "\(result.errors)") }
  }

  @Test func thePlannersSectionIsKept() throws {
    let scratch = try SmallRanker.copy()
    let words =
      "train ranker.yaml --out many --set planner.tables.city.sharding=column_wise "
      + "--set planner.tables.city.min_columns=2 --set planner.tables.item.sharding=row_wise"
    for result in try RankProcesses.run(2, words, in: scratch.path) { #expect(result.status == 0, "\(result.errors)") }
    expectClose(try metrics("many", in: scratch), try metrics("ranked", in: scratch))
    let folder = try #require(
      try FileManager.default.contentsOfDirectory(atPath: scratch.file("many/checkpoints")).first {
        $0.hasPrefix("last-")
      })
    let shard = try Safetensors.read(scratch.file("many/checkpoints/\(folder)/rank-1.safetensors")).tensors
    // Which half of the columns is the planner's choice.
    #expect(shard.keys.filter { $0.contains("bags.city.weight[0:7,") }.count == 1, "\(shard.keys.sorted())")
    #expect(shard["features.embeddings.embedding_bags.city.weight[0:7,0:4]"] == nil)
    #expect(shard["features.embeddings.embedding_bags.item.weight[26:51,0:4]"] != nil)
    let other = "\(words) --resume --set planner.tables.none.sharding=row_wise"
    for result in try RankProcesses.run(2, other, in: scratch.path) {
      #expect(result.status != 0 && result.message.contains("\"none\""), "\(result.errors)")
    }
  }

  // MARK: Faults

  @Test func aPlanForAnotherWorldIsRefused() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("plan.json", Self.plan)
    let results = try RankProcesses.run(
      3, "train ranker.yaml --out many --set sharding.plan=plan.json", in: scratch.path)
    for result in results {
      #expect(result.status != 0 && result.message.contains("the plan is for 2 ranks and 3 run"), "\(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("many")))
  }

  @Test func ranksWithOtherConfigurationsAreNamed() throws {
    let scratch = try SmallRanker.copy()
    let results = try RankProcesses.run(
      2, { "train ranker.yaml --out many --set train.batch=\($0 == 0 ? 32 : 16)".words }, in: scratch.path)
    for result in results {
      #expect(result.status != 0)
      #expect(result.message.contains("configuration of rank 0 differs from that of rank 1"), "\(result.errors)")
      #expect(result.message.contains("batch: 16"))
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("many")))
  }

  @Test func anIDThatIsNoIDEndsAllRanks() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("test.csv", SmallRanker.header + "1,u1,x,c1,i1\n")
    let results = try RankProcesses.run(2, "train ranker.yaml --out many", in: scratch.path)
    for result in results { #expect(result.status != 0 && result.message.contains("test.csv"), "\(result.errors)") }
  }

  @Test(arguments: ["missing", "cut", "foreign"]) func aDamagedShardIsNamed(damage: String) throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("plan.json", Self.plan)
    for (run, seed) in [("many", 1), ("other", 2)] {
      let words = "train ranker.yaml --out \(run) --seed \(seed) --set sharding.plan=plan.json"
      for result in try RankProcesses.run(2, words, in: scratch.path) {
        #expect(result.status == 0, "\(result.errors)")
      }
    }
    func shard(_ run: String) throws -> String {
      let folder = "\(run)/checkpoints"
      let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file(folder)).sorted()
      return "\(folder)/\(try #require(names.last { $0.hasPrefix("last-") }))/rank-1.safetensors"
    }
    let path = try shard("many")
    switch damage {
    case "missing": try FileManager.default.removeItem(atPath: scratch.file(path))
    case "cut":
      let bytes = try scratch.bytes(path)
      try bytes.prefix(bytes.count - 7).write(to: URL(fileURLWithPath: scratch.file(path)))
    default:
      try FileManager.default.removeItem(atPath: scratch.file(path))
      try FileManager.default.copyItem(atPath: scratch.file(try shard("other")), toPath: scratch.file(path))
    }
    let result = try Program.run(
      "train ranker.yaml --out many --resume --set train.epochs=3".words, in: scratch.path)
    #expect(result.status != 0)
    #expect(result.message.contains("rank-1.safetensors") && result.message.contains("restore"), "\(result.errors)")
  }
}

extension String {
  fileprivate var words: [String] { split(separator: " ").map(String.init) }
}
