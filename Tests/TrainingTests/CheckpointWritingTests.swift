import Features
import Foundation
import Models
import Sparse
import TestSupport
import Testing
import Torch
import TorchNN
import Training

/// Checkpoints that are written while training goes on, that hold only what changed, and that stay for a while.
@Suite(.serialized) struct CheckpointWritingTests {
  private static func trainer(
    _ run: RunDirectory, _ checkpoint: CheckpointConfiguration, steps: Int? = 3, maxSteps: Int? = nil,
    rule: EmbeddingOptimizer.Rule = .rowWiseAdagrad(), rows: any FeatureBatches = ToyRows(rows: 0..<1000),
    observer: (any TrainingObserver)? = nil
  ) throws -> RankerTrainer {
    let held = ToyRows(rows: 1000..<1400)
    let model = try RankerRegistry.make(
      name: "dlrm", parameters: ["dimension": .integer(4)], space: held.space,
      tables: RankerTables(optimizer: EmbeddingOptimizer(rule, learningRate: 0.1)), generator: Generator(seed: 5))
    var loop = LoopConfiguration(
      epochs: 2, maxSteps: maxSteps, batch: 64, optimizer: .adam(learningRate: 0.01),
      earlyStopping: EarlyStopping(metric: "auc"), checkpointSteps: steps, logSteps: 5)
    loop.checkpoint = checkpoint
    return try RankerTrainer(
      model, train: rows, validation: held, configuration: RankingTrainConfiguration(loop), seed: 7, run: run,
      observer: observer)
  }

  private static func folder(_ scratch: Scratch, _ name: String) throws -> RunDirectory {
    try FileManager.default.createDirectory(
      atPath: scratch.file("\(name)/checkpoints"), withIntermediateDirectories: true)
    return RunDirectory(scratch.file(name))
  }

  private func names(_ run: RunDirectory) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(run.path)/checkpoints").sorted()
  }

  /// Everything that a checkpoint stands for, whatever it builds on.
  private func contents(_ path: String) throws -> [String: [Float]] {
    let checkpoint = try Checkpoint.load(from: path)
    let all = checkpoint.model + checkpoint.optimizer.map { ("optimizer/\($0)", $1) } + checkpoint.run.map { ($0, $1) }
    return try Dictionary(uniqueKeysWithValues: all.map { ($0.0, try $0.1.to(dtype: .float32).floats()) })
  }

  @Test func theBackgroundChangesNothing() throws {
    let scratch = try Scratch()
    var expected: [String: [Float]] = [:]
    for (name, options) in [
      ("waits", CheckpointConfiguration(background: false)), ("goes on", CheckpointConfiguration()),
      ("paced", CheckpointConfiguration(pace: 200_000)), ("changes", CheckpointConfiguration(fullEvery: 4)),
    ] {
      let run = try Self.folder(scratch, name)
      try Self.trainer(run, options).fit()
      #expect(try names(run) == ["best.safetensors", "last.safetensors"])
      let found = try contents(run.lastCheckpoint)
      if expected.isEmpty { expected = found }
      #expect(found == expected, "\(name)")
    }
  }

  @Test func aCheckpointThatIsUnderWayIsWaitedForInTheEnd() throws {
    let scratch = try Scratch()
    let run = try Self.folder(scratch, "run")
    // At this pace one takes minutes, unless somebody waits for it.
    let recorder = Recorder()
    let trainer = try Self.trainer(run, CheckpointConfiguration(pace: 100), observer: recorder)
    trainer.stopSignal = { trainer.state.step >= 8 ? SIGTERM : nil }
    #expect(try trainer.fit().ending == .interrupted(signal: SIGTERM))
    #expect(recorder.notes == ["no checkpoint at step 6: the one before is still being written"])
    #expect(try run.state().step == 8)
  }

  @Test func aFullDiskEndsTheRunAndLeavesTheLastGoodOne() throws {
    let scratch = try Scratch()
    let run = try Self.folder(scratch, "run")
    let trainer = try Self.trainer(run, CheckpointConfiguration())
    // Nobody can make a file where a folder's name is taken.
    let partial = "\(run.lastCheckpoint).partial-\(getpid())"
    var saved: Int?
    trainer.stopSignal = {
      if saved == nil, let state = try? run.state(), !FileManager.default.fileExists(atPath: partial) {
        saved = state.step
        try? FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
      }
      return nil
    }
    #expect { try trainer.fit() } throws: { "\($0)".contains("last.safetensors: cannot create") }
    let kept = try #require(saved)
    #expect(try run.state().step == kept)
  }

  @Test(arguments: [EmbeddingOptimizer.Rule.sgd, .rowWiseAdagrad(), .adam()])
  func changesOnABaseAreTheWhole(rule: EmbeddingOptimizer.Rule) throws {
    let scratch = try Scratch()
    let (whole, parts) = (try Self.folder(scratch, "whole"), try Self.folder(scratch, "parts"))
    // None is left out because the one before is not written yet.
    try Self.trainer(whole, CheckpointConfiguration(background: false, keep: 20), rule: rule).fit()
    try Self.trainer(parts, CheckpointConfiguration(background: false, keep: 20, fullEvery: 3), rule: rule).fit()
    let kept = try names(whole).filter { $0.hasPrefix("step-") }
    #expect(kept.count > 5)
    var increments = 0
    for name in try names(parts).filter({ $0.hasPrefix("step-") }) {
      let path = "\(parts.path)/checkpoints/\(name)"
      let file = try Safetensors.read(path)
      if file.metadata["swiftrec.base"] != nil {
        increments += 1
        #expect(!file.tensors.keys.contains { $0.hasSuffix("embedding_bags.z.weight") })
      }
      guard kept.contains(name) else { continue }
      let (found, expected) = (try contents(path), try contents("\(whole.path)/checkpoints/\(name)"))
      #expect(found.keys.sorted() == expected.keys.sorted())
      for (key, values) in expected { #expect(found[key] == values, "\(name): \(key)") }
    }
    #expect(increments >= 4)
    // A run goes on from such a one as from any other.
    let expected = try contents(parts.lastCheckpoint)
    try FileManager.default.removeItem(atPath: parts.lastCheckpoint)
    #expect(
      try Self.trainer(parts, CheckpointConfiguration(fullEvery: 3), rule: rule).fit(resuming: true).ending == .finished
    )
    #expect(try contents(parts.lastCheckpoint) == expected)
  }

  @Test func oldOnesAreDeletedAndBasesStay() throws {
    let scratch = try Scratch()
    let run = try Self.folder(scratch, "run")
    try Self.trainer(run, CheckpointConfiguration(background: false, keep: 2), steps: 4, maxSteps: 10).fit()
    #expect(try names(run) == ["best.safetensors", "last.safetensors", "step-8.safetensors"])
    let other = try Self.folder(scratch, "other")
    let trainer = try Self.trainer(other, CheckpointConfiguration(background: false, keep: 1, fullEvery: 10), steps: 4)
    trainer.stopSignal = {
      // The one after step 12 builds on that after step 4.
      if trainer.state.step == 13 {
        #expect((try? self.names(other)) == ["last.safetensors", "step-4.safetensors"])
        return SIGTERM
      }
      return nil
    }
    try trainer.fit()
    // The last one stands alone again.
    #expect(try names(other) == ["last.safetensors"])
  }

  // MARK: Damage

  private func damage(_ path: String) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes[bytes.index(before: bytes.endIndex)] ^= 1
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test func aDamagedCheckpointIsPassedOver() throws {
    let scratch = try Scratch()
    let run = try Self.folder(scratch, "run")
    let options = CheckpointConfiguration(background: false, keep: 3)
    try Self.trainer(run, options).fit()
    let expected = try contents(run.lastCheckpoint)
    try damage(run.lastCheckpoint)
    let recorder = Recorder()
    try Self.trainer(run, options, observer: recorder).fit(resuming: true)
    let note = try #require(recorder.notes.first)
    #expect(note.contains("last.safetensors: tensors with checksum"))
    #expect(note.contains("the run goes on from step-30.safetensors, saved after step 30"))
    #expect(note.hasSuffix("set aside as last.damaged"))
    #expect(try contents(run.lastCheckpoint) == expected)
    #expect(try names(run).contains("last.damaged"))
  }

  @Test(arguments: ["missing", "damaged", "another"]) func aBaseThatIsNotRightIsNamed(what: String) throws {
    let scratch = try Scratch()
    let run = try Self.folder(scratch, "run")
    try Self.trainer(run, CheckpointConfiguration(background: false, keep: 20, fullEvery: 20)).fit()
    let base = "\(run.path)/checkpoints/step-3.safetensors"
    switch what {
    case "missing": try FileManager.default.removeItem(atPath: base)
    case "damaged": try damage(base)
    default:
      try FileManager.default.copyItem(atPath: run.lastCheckpoint, toPath: scratch.file("x"))
      try FileManager.default.removeItem(atPath: base)
      try FileManager.default.copyItem(atPath: scratch.file("x"), toPath: base)
    }
    #expect { try Checkpoint.load(from: "\(run.path)/checkpoints/step-9.safetensors") } throws: {
      ($0 as? RunError)?.code == .corrupted && "\($0)".contains("step-3.safetensors")
    }
  }

  // MARK: Configuration

  @Test func theSectionIsReadAndWritten() throws {
    let text = """
      data: {name: "synthetic:criteo"}
      model: dlrm
      checkpoint: {background: true, pace: 50MiB/s, keep: 3, full_every: 10}
      """
    let configuration = try RunConfiguration(yaml: text, name: "a.yaml")
    #expect(configuration.loop.checkpoint == CheckpointConfiguration(pace: 50 << 20, keep: 3, fullEvery: 10))
    #expect(try RunConfiguration(yaml: configuration.yaml, name: "b.yaml") == configuration)
  }

  @Test func allFaultsAreReportedAtOnce() throws {
    let faults = configurationFaults {
      _ = try RunConfiguration(
        yaml: """
          data: {name: "synthetic:criteo"}
          model: dlrm
          checkpoint: {background: maybe, pace: 50 MiB, keep: 0, full_evry: 2}
          """, name: "a.yaml")
    }
    let keys = faults.map(\.key)
    #expect(
      keys.sorted() == ["checkpoint.background", "checkpoint.full_evry", "checkpoint.keep", "checkpoint.pace"],
      "\(faults)")
    #expect(
      configurationFaults {
        _ = try RunConfiguration(
          yaml: "data: {name: ml-100k}\nmodel: mf\ncheckpoint: {background: false, pace: 1MB/s}", name: "a.yaml")
      }.map(\.key) == ["checkpoint.pace"])
  }
}
