import Foundation
import TestSupport
import Testing
import Torch

/// Checkpoints that are copied to an object store, and runs that go on from there.
@Suite(.serialized) struct CheckpointMirrorTests {
  /// Host and port of an S3 server; a folder stands for it elsewhere.
  static let server = ProcessInfo.processInfo.environment["SWIFTREC_TEST_S3"]
  static let reason: Comment = "skipped: no S3 server here; `make test-object-store` installs SeaweedFS and starts it"

  enum Place: String, CaseIterable, CustomTestStringConvertible {
    case folder, s3
    var testDescription: String { rawValue }
  }

  private func address(_ place: Place, _ scratch: Scratch) -> String {
    switch place {
    case .folder: "file://\(scratch.file("mirror"))"
    case .s3:
      "s3://swiftrec-\(UUID().uuidString.lowercased())/runs/a?endpoint_override=\(Self.server ?? "")&scheme=http"
        + "&region=us-east-1&allow_bucket_creation=true"
    }
  }

  private func train(_ size: Int, _ words: String, in scratch: Scratch) throws -> [Program.Result] {
    size == 1
      ? [try Program.run(("train ranker.yaml " + words).split(separator: " ").map(String.init), in: scratch.path)]
      : try RankProcesses.run(size, "train ranker.yaml " + words, in: scratch.path)
  }

  private func checksum(_ run: String, in scratch: Scratch) throws -> String? {
    try Safetensors.readMetadata(scratch.file("\(run)/checkpoints/last.safetensors"))["swiftrec.xxh64"]
  }

  private func theRunGoesOnElsewhere(_ place: Place, _ size: Int) throws {
    let scratch = try SmallRanker.copy()
    let mirror = "--set checkpoint.mirror=\(address(place, scratch))"
    let common = "--set train.checkpoint_steps=5 --set checkpoint.keep=2 --set checkpoint.full_every=3"
    for result in try train(size, "--out whole \(common)", in: scratch) {
      #expect(result.status == 0, "\(result.errors)")
    }
    for result in try train(size, "--out many \(common) \(mirror) --set train.max_steps=23", in: scratch) {
      #expect(result.status == 0, "\(result.errors)")
    }
    // The host is gone with its disk.
    try FileManager.default.removeItem(atPath: scratch.file("many"))
    let results = try train(size, "--out many \(common) \(mirror) --resume", in: scratch)
    for result in results { #expect(result.status == 0, "\(result.errors)") }
    #expect(results[0].errors.contains("many goes on from the checkpoint of step 23 in "), "\(results[0].errors)")
    #expect(try checksum("many", in: scratch) == checksum("whole", in: scratch))
    // What is on disk and as new is not fetched again.
    let again = try train(size, "--out many \(common) \(mirror) --resume", in: scratch)
    #expect(again.allSatisfy { $0.status == 0 } && !again[0].errors.contains("goes on from the checkpoint of step"))
    if place == .folder {
      let names = try FileManager.default.subpathsOfDirectory(atPath: scratch.file("mirror"))
      #expect(names.contains("latest.json") && names.contains("run/config.yaml"), "\(names)")
      #expect(names.filter { $0.hasPrefix("checkpoints/step-") }.count <= 3, "\(names)")
    }
  }

  @Test(
    .enabled(if: Program.readsParquet, "skipped: the Arrow bridge was not built (make build where pip finds pyarrow)"),
    arguments: [1, 2])
  func aRunGoesOnFromItsMirror(size: Int) throws {
    try theRunGoesOnElsewhere(.folder, size)
  }

  @Test(.enabled(if: server != nil, reason), arguments: [1, 2])
  func aRunGoesOnFromS3(size: Int) throws {
    try theRunGoesOnElsewhere(.s3, size)
  }

  @Test(
    "Of two runs that copy to one address, the first is told when the second comes", .enabled(if: server != nil, reason)
  )
  func twoWritersAreTold() throws {
    let scratch = try SmallRanker.copy()
    try scratch.write("long.yaml", SmallRanker.long)
    let mirror = "checkpoint.mirror=\(address(.s3, scratch))"
    let first = try Program.start(
      [
        "train", "long.yaml", "--out", "first", "--set", mirror, "--set", "train.epochs=50", "--set",
        "train.checkpoint_steps=20", "--set", "checkpoint.keep=2",
      ], in: scratch.path)
    defer { first.process.terminate() }
    // One that is the last no more was published before the next was begun.
    func hasPublished() -> Bool {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: scratch.file("first/checkpoints"))) ?? []
      return names.contains { $0.hasPrefix("step-") }
    }
    let deadline = Date().addingTimeInterval(180)
    while !hasPublished(), first.process.isRunning, Date() < deadline { usleep(20_000) }
    try #require(hasPublished(), "\(first.errors)")
    let second = try Program.run(
      ["train", "ranker.yaml", "--out", "second", "--set", mirror, "--set", "train.max_steps=3"], in: scratch.path)
    // It may itself have met a put of the first between its look and its own.
    let isSecondTold = second.errors.contains("they were left as they are")
    #expect(second.status == 0 || isSecondTold, "\(second.errors)")
    while !isSecondTold, !first.errors.contains("they were left as they are"), first.process.isRunning,
      Date() < deadline
    {
      usleep(20_000)
    }
    #expect(isSecondTold || first.errors.contains("checkpoints of another process, written by "), "\(first.errors)")
  }

  @Test(.enabled(if: server != nil, reason))
  func wrongKeysAreSaid() throws {
    let scratch = try SmallRanker.copy()
    let address = address(.s3, scratch)
    for result in try train(1, "--out other --set train.max_steps=1 --set checkpoint.mirror=\(address)", in: scratch) {
      #expect(result.status == 0, "\(result.errors)")
    }
    let result = try Program.run(
      [
        "train", "ranker.yaml", "--out", "many", "--set",
        "checkpoint.mirror=\(address.replacing("&allow_bucket_creation=true", with: ""))",
      ], in: scratch.path, environment: ["AWS_SECRET_ACCESS_KEY": "wrong"])
    #expect(result.status != 0)
    #expect(
      result.message.contains("on disk, and not copied") && result.message.contains("AWS_SECRET_ACCESS_KEY"),
      "\(result.errors)")
    // The run itself is whole.
    #expect(try Program.run(["evaluate", "many"], in: scratch.path).status == 0)
  }

  @Test(
    .enabled(if: Program.readsParquet, "skipped: the Arrow bridge was not built (make build where pip finds pyarrow)"))
  func aStoreThatIsAwayDoesNotEndTheTraining() throws {
    let scratch = try SmallRanker.copy()
    // Nobody listens there.
    let port = try FreePort().number
    let result = try Program.run(
      [
        "train", "ranker.yaml", "--out", "many", "--set",
        "checkpoint.mirror=s3://bucket/a?endpoint_override=127.0.0.1:\(port)&scheme=http&region=us-east-1",
      ], in: scratch.path,
      environment: ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_EC2_METADATA_DISABLED": "true"])
    #expect(result.status != 0)
    #expect(result.errors.contains("note: the checkpoint of step "), "\(result.errors)")
    #expect(result.message.contains("s3://bucket/a"), "\(result.errors)")
    #expect(try Program.run(["evaluate", "many"], in: scratch.path).status == 0)
  }
}
