import Foundation
import TestSupport
import Testing
import Torch

@Suite(.serialized) struct TrainCommandTests {
  /// The tensors of a checkpoint, to compare runs bit for bit; the text beside them holds seconds.
  private func tensors(_ path: String) throws -> [String: [Float]] {
    try Safetensors.read(path).tensors.mapValues { try $0.floats() }
  }

  @Test func leavesEverythingInTheRunDirectory() throws {
    let scratch = try SmallRun.copy()
    let found = try FileManager.default.contentsOfDirectory(atPath: scratch.file("run"))
    for name in ["config.yaml", "environment.json", "metrics.jsonl", "state.json", "checkpoints", "catalogue"] {
      #expect(found.contains(name))
    }
    #expect(found.contains { $0.hasPrefix("events.out.tfevents.") })
    #expect(!found.contains { $0.contains("partial") })
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.file("run/checkpoints")).sorted()
        == ["best.safetensors", "last.safetensors"])
    var kinds: [String: Int] = [:]
    for line in try scratch.text("run/metrics.jsonl").split(separator: "\n") {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      kinds[try #require(object["kind"] as? String), default: 0] += 1
    }
    #expect(kinds["epoch"] == 2 && kinds["start"] == 1 && (kinds["step"] ?? 0) > 2)
    let state = try #require(try JSONSerialization.jsonObject(with: scratch.bytes("run/state.json")) as? [String: Any])
    #expect(state["isFinished"] as? Bool == true && state["epoch"] as? Int == 2)
    // The resolved configuration makes the same run again.
    let again = try Program.run(["train", "run/config.yaml", "--out", "again"], in: scratch.path)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.output == "run: again\n")
    #expect(
      again.errors.contains("epoch 1/2") && again.errors.contains("samples/s") && again.errors.contains("environment: ")
    )
    #expect(!again.errors.contains("\r"))
    #expect(
      try tensors(scratch.file("run/checkpoints/last.safetensors"))
        == tensors(scratch.file("again/checkpoints/last.safetensors")))
  }

  @Test func killedAtAnyMomentAndResumedItEndsInTheSameWeights() throws {
    let scratch = try Scratch()
    try scratch.write("long.yaml", SmallRun.long)
    let whole = try Program.run(["train", "long.yaml", "--out", "whole"], in: scratch.path)
    #expect(whole.status == 0, "\(whole.errors)")
    var kills = 0
    // From before the first checkpoint to far behind it.
    for milliseconds in [150, 300, 350, 400, 450, 500, 600, 700] {
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
    let epochs = try scratch.text("parts/metrics.jsonl").split(separator: "\n").filter {
      $0.contains("\"kind\": \"epoch\"")
    }
    #expect(epochs.count == 150)
  }

  @Test(arguments: [(SIGTERM, Int32(143), "SIGTERM"), (SIGINT, 130, "SIGINT")])
  func aSignalEndsItAfterTheStepAndItSaysHowToResume(signal: Int32, status: Int32, name: String) throws {
    let scratch = try Scratch()
    try scratch.write("long.yaml", SmallRun.long)
    let running = try Program.start(["train", "long.yaml", "--out", "a run", "--set", "seed=4"], in: scratch.path)
    // It is at work as soon as the first step is in the metrics.
    for _ in 0..<1000 {
      if (try? scratch.text("a run/metrics.jsonl"))?.contains("\"start\"") == true { break }
      usleep(10_000)
    }
    kill(running.process.processIdentifier, signal)
    let result = try running.wait()
    #expect(result.status == status, "\(result.errors)")
    #expect(result.errors.contains("stopped by \(name) after step"))
    let hint = try #require(result.errors.split(separator: "\n").last { $0.contains("resume with: ") })
    let command = try #require(hint.components(separatedBy: "resume with: ").last)
    #expect(command == "swiftrec train long.yaml --set seed=4 --out 'a run' --resume")
    let state = try #require(
      try JSONSerialization.jsonObject(with: scratch.bytes("a run/state.json")) as? [String: Any])
    #expect(state["isFinished"] as? Bool == false)
    // The line works as it stands.
    let line = command.replacingOccurrences(of: "swiftrec ", with: "\"$SWIFTREC\" ") + " --set train.epochs=20"
    let resumed = try Program.shell(line, in: scratch.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  @Test func aFullDiskLeavesThePreviousCheckpointWhole() throws {
    let scratch = try SmallRun.copy()
    let before = try scratch.picture().filter { $0.key.hasPrefix("run/checkpoints") }
    // 8 KiB a file: the checkpoint does not fit.
    let result = try Program.shell(
      "ulimit -f 8; exec \"$SWIFTREC\" train small.yaml --out run --resume --set train.epochs=4", in: scratch.path)
    #expect(result.status == 3, "\(result.errors)")
    #expect(result.message.contains(".safetensors") && result.message.contains("File too large"))
    #expect(try scratch.picture().filter { $0.key.hasPrefix("run/checkpoints") } == before)
    let resumed = try Program.run(
      ["train", "small.yaml", "--out", "run", "--resume", "--set", "train.epochs=4"], in: scratch.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
  }

  static let canMount: Bool = {
    guard getuid() == 0, let scratch = try? Scratch(),
      (try? FileManager.default.createDirectory(atPath: scratch.file("m"), withIntermediateDirectories: true)) != nil
    else { return false }
    return (try? Program.shell("mount -t tmpfs -o size=64k tmpfs m && umount m", in: scratch.path).status) == 0
  }()

  @Test(.enabled(if: canMount, "skipped: no small file system can be mounted here"))
  func aFullFileSystemIsReported() throws {
    let scratch = try SmallRun.copy()
    try FileManager.default.createDirectory(atPath: scratch.file("small"), withIntermediateDirectories: true)
    let mounted = try Program.shell("mount -t tmpfs -o size=128k tmpfs small && cp -r run small/run", in: scratch.path)
    defer { _ = try? Program.shell("umount -l small", in: scratch.path) }
    #expect(mounted.status == 0, "\(mounted.errors)")
    _ = try Program.shell("head -c 1000000 /dev/zero > small/filler", in: scratch.path)
    let before = try scratch.picture().filter { $0.key.hasPrefix("small/run/checkpoints") }
    let result = try Program.run(
      ["train", "small.yaml", "--out", "small/run", "--resume", "--set", "train.epochs=4"], in: scratch.path)
    #expect(result.status == 3, "\(result.errors)")
    #expect(result.message.contains("No space left on device") && result.message.contains("small/run"))
    #expect(try scratch.picture().filter { $0.key.hasPrefix("small/run/checkpoints") } == before)
    let fresh = try Program.run(["train", "small.yaml", "--out", "small/new"], in: scratch.path)
    #expect(fresh.status == 3, "\(fresh.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("small")).sorted() == ["filler", "run"])
  }

  @Test func aFolderMayHaveANameOfOneLetter() throws {
    let scratch = try SmallRun.copy()
    let result = try Program.run(["train", "small.yaml", "--out", "q"], in: scratch.path)
    #expect(result.status == 0 && result.output == "run: q\n", "\(result.errors)")
  }

  @Test func resumingWhatIsNotThereBegins() throws {
    let scratch = try SmallRun.copy()
    let result = try Program.run(["train", "small.yaml", "--out", "new", "--resume"], in: scratch.path)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("note: new is not there"))
  }

  @Test func theDefaultFolderIsNamedAfterTheFile() throws {
    let scratch = try SmallRun.copy()
    let result = try Program.run(["train", "small.yaml", "--set", "train.epochs=1"], in: scratch.path)
    #expect(result.output == "run: runs/small\n")
    // A run's own configuration means that run.
    let refused = try Program.run(["train", "runs/small/config.yaml"], in: scratch.path)
    #expect(refused.status == 2 && refused.message.contains("error: runs/small: something is there"))
  }
}
