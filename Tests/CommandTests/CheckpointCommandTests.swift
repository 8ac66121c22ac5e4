import Foundation
import TestSupport
import Testing
import Torch

/// Checkpoints of several processes: what they build on, what damages them, and a disk that is full on one rank.
@Suite(.serialized) struct CheckpointCommandTests {
  private func metadata(_ path: String, in scratch: Scratch) throws -> [String: String] {
    try Safetensors.readMetadata(scratch.file(path))
  }

  /// The checksums of all that a checkpoint consists of.
  private func checksums(_ path: String, in scratch: Scratch) throws -> [String] {
    let metadata = try metadata(path, in: scratch)
    let index = try metadata["swiftrec.shards"].map { try JSONSerialization.jsonObject(with: Data($0.utf8)) }
    let files = (index as? [String: Any])?["files"] as? [[String: String]] ?? []
    return [try #require(metadata["swiftrec.xxh64"])] + files.compactMap { $0["digest"] }
  }

  /// The folder of a checkpoint's shards.
  private func folder(_ path: String, in scratch: Scratch) throws -> String? {
    let index = try #require(try metadata(path, in: scratch)["swiftrec.shards"])
    return (try JSONSerialization.jsonObject(with: Data(index.utf8)) as? [String: Any])?["folder"] as? String
  }

  private func step(_ path: String, in scratch: Scratch) throws -> Int? {
    let state = try #require(try metadata(path, in: scratch)["swiftrec.state"])
    return (try JSONSerialization.jsonObject(with: Data(state.utf8)) as? [String: Any])?["step"] as? Int
  }

  /// Items enough that rank 1 has 40 KB of them.
  private func withManyItems() throws -> Scratch {
    let scratch = try SmallRanker.copy()
    try scratch.write("ranker.yaml", SmallRanker.configuration.replacing("size: 50", with: "size: 5000"))
    try scratch.write(
      "plan.json", DistributedTrainTests.plan.replacing("26", with: "2501").replacing("25,", with: "2500,"))
    return scratch
  }

  private func train(
    _ size: Int, _ words: String, in scratch: Scratch, limits: (Int) -> String? = { _ in nil }
  ) throws -> [Program.Result] {
    // Memory that ranks share counts as a file where these are limited.
    try RankProcesses.run(
      size, "train ranker.yaml \(words)", in: scratch.path, environment: ["SWIFTREC_SHARED_MEMORY": "0"], limits: limits
    )
  }

  private func copy(_ from: String, _ to: String, in scratch: Scratch) throws {
    try FileManager.default.copyItem(atPath: scratch.file(from), toPath: scratch.file(to))
  }

  @Test func changesOnABaseGoIntoAnyWorldAndAnyPlan() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("plan.json", DistributedTrainTests.plan)
    let common = "--set train.checkpoint_steps=5 --set checkpoint.keep=9 --set checkpoint.background=false"
    for (run, every) in [("whole", 1), ("parts", 5)] {
      let words = "--out \(run) \(common) --set checkpoint.full_every=\(every) --set train.max_steps=18"
      for result in try train(2, words, in: scratch) { #expect(result.status == 0, "\(result.errors)") }
    }
    #expect(try metadata("whole/checkpoints/step-15.safetensors", in: scratch)["swiftrec.base"] == nil)
    let base = try metadata("parts/checkpoints/step-15.safetensors", in: scratch)["swiftrec.base"]
    #expect(try #require(base).contains("step-5.safetensors"))
    for (size, plan) in [(1, ""), (2, " --set sharding.plan=plan.json"), (3, "")] {
      var found: [[String]] = []
      for run in ["whole", "parts"] {
        let copy = "\(run)\(size)"
        try self.copy(run, copy, in: scratch)
        try FileManager.default.removeItem(atPath: scratch.file("\(copy)/checkpoints/last.safetensors"))
        let words = "--out \(copy) --resume --set train.max_steps=25\(plan)"
        let results =
          size == 1
          ? [try Program.run(("train ranker.yaml " + words).split(separator: " ").map(String.init), in: scratch.path)]
          : try train(size, words, in: scratch)
        for result in results { #expect(result.status == 0, "\(result.errors)") }
        #expect(results[0].errors.contains("resumed after step 15"), "\(results[0].errors)")
        found.append(try checksums("\(copy)/checkpoints/last.safetensors", in: scratch))
      }
      #expect(found[0] == found[1], "\(size) processes")
    }
  }

  @Test(arguments: [true, false]) func aFullDiskOnOneRankEndsAllOfThem(background: Bool) throws {
    let scratch = try withManyItems()
    for result in try train(2, "--out many --set sharding.plan=plan.json --set train.max_steps=7", in: scratch) {
      #expect(result.status == 0, "\(result.errors)")
    }
    let before = try checksums("many/checkpoints/last.safetensors", in: scratch)
    let words =
      "--out many --resume --set sharding.plan=plan.json --set train.checkpoint_steps=4 --set checkpoint.background=\(background)"
    let results = try train(2, words, in: scratch, limits: { $0 == 1 ? "ulimit -f 1" : nil })
    for result in results { #expect(result.status != 0, "\(result.errors)") }
    #expect(results[1].message.contains("rank-1.safetensors: cannot write: File too large; raise the file size limit"))
    #expect(
      results[0].message.contains("failed on rank 1: ")
        && results[0].message.contains("rank-1.safetensors: cannot write"),
      "\(results[0].errors)")
    // The last good one is whole and the only one, and the run goes on from it.
    #expect(try checksums("many/checkpoints/last.safetensors", in: scratch) == before)
    for result in try train(2, "--out many --resume", in: scratch) { #expect(result.status == 0, "\(result.errors)") }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("many/checkpoints"))
    let named = try ["last", "best"].compactMap { try folder("many/checkpoints/\($0).safetensors", in: scratch) }
    #expect(Set(names.filter { !$0.contains(".") }) == Set(named), "\(names)")
    #expect(!names.contains { $0.contains("partial") }, "\(names)")
  }

  @Test(arguments: ["missing", "cut", "foreign"]) func theOneBeforeADamagedOneIsTaken(damage: String) throws {
    let scratch = try withManyItems()
    let words =
      "--out many --set sharding.plan=plan.json --set train.checkpoint_steps=10 --set checkpoint.keep=3 --set checkpoint.background=false"
    for result in try train(2, words, in: scratch) { #expect(result.status == 0, "\(result.errors)") }
    let folder = scratch.file("many/checkpoints")
    let steps = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("step-") }
    #expect(steps.count == 2, "\(steps)")
    let last = try #require(try step("many/checkpoints/last.safetensors", in: scratch))
    let shards = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("last-") }
    let shard = "\(folder)/\(try #require(shards.first { $0.hasPrefix("last-\(last)-") }))/rank-1.safetensors"
    switch damage {
    case "missing": try FileManager.default.removeItem(atPath: shard)
    case "cut": #expect(truncate(shard, 1000) == 0)
    default:
      let other = try #require(shards.first { !$0.hasPrefix("last-\(last)-") })
      try FileManager.default.removeItem(atPath: shard)
      try FileManager.default.copyItem(atPath: "\(folder)/\(other)/rank-1.safetensors", toPath: shard)
    }
    let results = try train(2, "--out many --resume --set train.epochs=3", in: scratch)
    for result in results { #expect(result.status == 0, "\(result.errors)") }
    let note = try #require(results[0].errors.split(separator: "\n").first { $0.hasPrefix("note: ") })
    #expect(note.contains("rank-1.safetensors") && note.contains("the run goes on from step-"), "\(note)")
    #expect(!results[1].errors.contains("note: "))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/last.damaged"))
  }
}
