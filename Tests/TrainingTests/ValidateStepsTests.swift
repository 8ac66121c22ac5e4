import Features
import Foundation
import Models
import Sparse
import TestSupport
import Testing
import Torch
import TorchNN
import Training

@Suite(.serialized) struct ValidateStepsTests {
  /// Sixteen steps an epoch.
  private func trainer(
    epochs: Int = 2, lr: Double = 0.05, patience: Int? = nil, every: Int? = 4, run: RunDirectory? = nil
  ) throws -> RankerTrainer {
    let rows = ToyRows(rows: 0..<1000)
    let model = try RankerRegistry.make(
      name: "dlrm", parameters: ["dimension": .integer(4)], space: rows.space,
      tables: RankerTables(optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.2)),
      generator: Generator(seed: 5))
    return try RankerTrainer(
      model, train: rows, validation: ToyRows(rows: 1000..<1400),
      configuration: RankingTrainConfiguration(
        LoopConfiguration(
          epochs: epochs, batch: 64, optimizer: .adam(learningRate: lr),
          earlyStopping: EarlyStopping(metric: "logloss", patience: patience), validateSteps: every, logSteps: 5)),
      seed: 7, run: run)
  }

  private func folder(_ scratch: Scratch, _ name: String) throws -> RunDirectory {
    try FileManager.default.createDirectory(
      atPath: scratch.file("\(name)/checkpoints"), withIntermediateDirectories: true)
    return RunDirectory(scratch.file(name))
  }

  @Test(arguments: [true, false])
  func theBestWeightsOfAnyStepAreKept(inAFolder: Bool) throws {
    let scratch = try Scratch()
    let trainer = try trainer(epochs: 4, run: inAFolder ? folder(scratch, "run") : nil)
    let recorder = Recorder()
    trainer.observer = recorder
    try trainer.fit()
    #expect(recorder.validations.map(\.step) == Array(stride(from: 4, through: 64, by: 4)))
    let values = recorder.validations.compactMap { $0.result["logloss"] }
    let best = try #require(values.min())
    let place = try #require(values.firstIndex(of: best))
    #expect(trainer.state.bestValue == best && trainer.state.bestStep == 4 * (place + 1))
    // Otherwise the end of an epoch would have done.
    #expect((place + 1) % 4 != 0)
    #expect(recorder.validations.filter(\.isBest).last?.step == trainer.state.bestStep)
    #expect(try RankerEvaluator(ToyRows(rows: 1000..<1400)).evaluate(trainer.model)["logloss"] == best)
    // An epoch that ends at a step that was validated has that result, counted once.
    #expect(recorder.epochs.compactMap { $0.validation?["logloss"] } == [3, 7, 11, 15].map { values[$0] })
    #expect(trainer.state.validationsSinceBest == values.count - place - 1)
    if inAFolder {
      let lines = try scratch.lines("run/metrics.jsonl").filter { $0.contains("\"kind\": \"validation\"") }
      #expect(lines.count == 16 && lines.allSatisfy { $0.contains("\"is_best\": ") })
    }
  }

  @Test func validatingChangesNoStep() throws {
    let (often, never) = (try trainer(), try trainer(every: nil))
    often.stopSignal = { often.state.step == 30 ? SIGTERM : nil }
    never.stopSignal = { never.state.step == 30 ? SIGTERM : nil }
    try often.fit()
    try never.fit()
    let (mine, theirs) = (try often.model.stateDict(), try never.model.stateDict())
    for (one, other) in zip(mine, theirs) { #expect(try one.tensor.floats() == other.tensor.floats()) }
  }

  @Test func stopsInsideAnEpoch() throws {
    let trainer = try trainer(epochs: 40, patience: 2)
    #expect(try trainer.fit().ending == .stoppedEarly)
    #expect(trainer.state.isFinished && trainer.state.stoppedEarly == true)
    #expect(trainer.state.step == (trainer.state.bestStep ?? 0) + 8)
  }

  /// A signal at step 8 comes in the middle of its validation, at 16 in that of an epoch's last step.
  @Test func aResumedRunEndsInTheSameBits() throws {
    let scratch = try Scratch()
    let whole = try folder(scratch, "whole")
    try trainer(run: whole).fit()
    let parts = try folder(scratch, "parts")
    for stop in [3, 8, 9, 16, 30] {
      let trainer = try trainer(run: parts)
      trainer.stopSignal = { trainer.state.step >= stop ? SIGTERM : nil }
      #expect(try trainer.fit(resuming: true).ending == .interrupted(signal: SIGTERM))
      #expect(trainer.state.step == stop)
    }
    let last = try trainer(run: parts)
    try last.fit(resuming: true)
    for (one, other) in [(whole.lastCheckpoint, parts.lastCheckpoint), (whole.bestCheckpoint, parts.bestCheckpoint)] {
      #expect(try Toy.weights(one) == Toy.weights(other))
    }
    var (one, other) = (try CheckpointFile(whole.lastCheckpoint).state, try CheckpointFile(parts.lastCheckpoint).state)
    (one.seconds, other.seconds) = (0, 0)
    #expect(one == other)
    func validations(_ name: String) throws -> [Substring] {
      try scratch.lines("\(name)/metrics.jsonl").filter { $0.contains("\"kind\": \"validation\"") }
        .map { $0.prefix { $0 != "s" } + $0.split(separator: "\"step\"")[1].prefix(5) }
    }
    #expect(try validations("whole") == validations("parts"))
  }

  @Test func theAverageOfEpochsIsNotMixedWithSteps() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "x.yaml",
      "data: {name: criteo-sample}\nmodel: {name: lr}\ntrain: {validate_steps: 5, weight_average: 0.5}\n")
    let faults = configurationFaults { _ = try RunConfiguration.load(file) }
    #expect(faults.map(\.key) == ["train.validate_steps"] && faults.first?.expected.contains("weight_average") == true)
  }
}
