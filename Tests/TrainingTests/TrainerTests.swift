import Features
import Foundation
import Models
import TestSupport
import Testing
import Torch
import TorchNN
import Training

@Suite(.serialized) struct TrainerTests {
  static let resumed: [(ModelConfiguration, TrainConfiguration)] = [
    (.mf(.init(factors: 8)), TrainConfiguration(epochs: 3, batch: 64, loss: .bpr(negatives: 2))),
    (.neuMF(.init()), TrainConfiguration(epochs: 2, batch: 128, loss: .bce(negatives: 4), optimizer: .rowLazyAdam())),
    // Dropout draws from the default generator, so its state has to come back too.
    (.dnn(.init()), TrainConfiguration(epochs: 2, batch: 64, loss: .bce(negatives: 2), clipNorm: 1)),
    (
      .twoTower(.init(dimension: 8)),
      TrainConfiguration(
        epochs: 3, batch: 64, loss: .softmax(logQ: true),
        optimizer: OptimizerConfiguration(.sgd(momentum: 0.9), learningRate: 0.05),
        schedule: ScheduleConfiguration(.cosine(floor: 0), warmupSteps: 5))
    ),
    (
      .sequence(.init(dimension: 8, hidden: 8)),
      TrainConfiguration(
        epochs: 2, batch: 64, loss: .nextItem(maxLength: 5),
        optimizer: OptimizerConfiguration(.adagrad, learningRate: 0.05))
    ),
    (.mf(.init(factors: 8)), TrainConfiguration(epochs: 2, batch: 64, loss: .bpr(negatives: 1), precision: .bf16)),
  ]

  @Test(arguments: resumed.indices)
  func aResumedRunEndsInTheSameBits(index: Int) throws {
    let (model, train) = Self.resumed[index]
    let scratch = try Scratch()
    let whole = RunDirectory(scratch.file("whole"))
    try Toy.trainer(model, train, run: whole).fit()
    let expected = try Toy.weights(whole.lastCheckpoint)

    // Stopped in the middle of the first epoch, again right behind, and once more in the last epoch.
    let parts = RunDirectory(scratch.file("parts"))
    for stop in [5, 6, 20] {
      let trainer = try Toy.trainer(model, train, run: parts)
      trainer.stopSignal = { trainer.state.step >= stop ? SIGTERM : nil }
      let outcome = try trainer.fit(resuming: true)
      #expect(outcome.ending == .interrupted(signal: SIGTERM))
      #expect(outcome.state.step == stop)
    }
    let outcome = try Toy.trainer(model, train, run: parts).fit(resuming: true)
    #expect(outcome.ending == .finished)
    let found = try Toy.weights(parts.lastCheckpoint)
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (name, values) in expected { #expect(found[name] == values, "\(name)") }
    #expect(try Toy.weights(parts.bestCheckpoint) == Toy.weights(whole.bestCheckpoint))
  }

  @Test func aStopDuringValidationIsResumedWithThatValidation() throws {
    let train = TrainConfiguration(epochs: 2, batch: 64, loss: .bpr(negatives: 1))
    let scratch = try Scratch()
    let whole = RunDirectory(scratch.file("whole"))
    try Toy.trainer(.mf(.init(factors: 4)), train, run: whole).fit()
    let parts = RunDirectory(scratch.file("parts"))
    let trainer = try Toy.trainer(.mf(.init(factors: 4)), train, run: parts)
    var asked = 0
    let steps = try Checkpoint.load(from: whole.lastCheckpoint).state.step / 2
    // The question after the epoch's last step is answered no, the first one of the validation yes.
    trainer.stopSignal = {
      if trainer.state.step == steps { asked += 1 }
      return asked >= 2 ? SIGINT : nil
    }
    #expect(try trainer.fit().ending == .interrupted(signal: SIGINT))
    #expect(trainer.state.batch > 0 && trainer.state.bestValue == nil)
    let second = try Toy.trainer(.mf(.init(factors: 4)), train, run: parts)
    second.stopSignal = { nil }
    #expect(try second.fit(resuming: true).ending == .finished)
    #expect(try Toy.weights(parts.lastCheckpoint) == Toy.weights(whole.lastCheckpoint))
    let lines = try String(contentsOfFile: parts.metricsFile, encoding: .utf8).split(separator: "\n")
    #expect(lines.filter { $0.contains("\"kind\": \"epoch\"") }.count == 2)
  }

  @Test func sameSeedSameBitsWhateverTheWorkers() throws {
    var weights: [[String: [Float]]] = []
    for workers in [0, 2] {
      let scratch = try Scratch()
      let run = RunDirectory(scratch.file("run"))
      try Toy.trainer(
        .mf(.init(factors: 8)), TrainConfiguration(epochs: 2, batch: 64, loss: .bpr(negatives: 1), workers: workers),
        run: run
      ).fit()
      weights.append(try Toy.weights(run.lastCheckpoint))
    }
    #expect(weights[0] == weights[1])
  }

  @Test func learnsPlantedTastes() throws {
    let dataset = try Toy.dataset()
    let popularity = try Trainer(Toy.model(.popularity(.init()), dataset), on: dataset)
    try popularity.fit()
    let floor = try popularity.evaluate()["ndcg@10"] ?? 1
    let trainer = try Trainer(
      Toy.model(.mf(.init(factors: 16)), dataset), on: dataset,
      configuration: TrainConfiguration(
        epochs: 20, batch: 128, loss: .bpr(negatives: 2), optimizer: .adam(learningRate: 0.02)))
    try trainer.fit()
    let found = try trainer.evaluate()["ndcg@10"] ?? 0
    #expect(found > 1.2 * floor)
  }

  @Test func stopsEarlyAndKeepsTheBestWeights() throws {
    let scratch = try Scratch()
    let run = RunDirectory(scratch.file("run"))
    let train = TrainConfiguration(
      epochs: 50, batch: 64, loss: .bpr(negatives: 1), optimizer: .adam(learningRate: 0.05),
      earlyStopping: EarlyStopping(metric: "ndcg@10", patience: 2))
    let trainer = try Toy.trainer(.mf(.init(factors: 8)), train, run: run)
    let recorder = Recorder()
    trainer.observer = recorder
    let outcome = try trainer.fit()
    #expect(outcome.ending == .stoppedEarly)
    let values = recorder.epochs.compactMap { $0.validation?["ndcg@10"] }
    #expect(values.count == outcome.state.epoch && values.count < 50)
    #expect(outcome.state.bestValue == values.max())
    #expect(outcome.state.bestEpoch == values.count - 3)
    // The model holds the best weights, not the last ones.
    let best = try Toy.weights(run.bestCheckpoint)
    for (name, tensor) in try trainer.model.stateDict() { #expect(try tensor.floats() == best[name]) }
    // Asked to resume, a run that stopped by itself stays as it is.
    let bytes = try Data(contentsOf: URL(fileURLWithPath: run.lastCheckpoint))
    #expect(try Toy.trainer(.mf(.init(factors: 8)), train, run: run).fit(resuming: true).state.isFinished)
    #expect(try Data(contentsOf: URL(fileURLWithPath: run.lastCheckpoint)) == bytes)
  }

  @Test func moreEpochsContinueAFinishedRun() throws {
    let scratch = try Scratch()
    let short = TrainConfiguration(epochs: 2, batch: 64, loss: .bpr(negatives: 1))
    var long = short
    long.epochs = 4
    let once = RunDirectory(scratch.file("once"))
    try Toy.trainer(.mf(.init(factors: 4)), long, run: once).fit()
    let twice = RunDirectory(scratch.file("twice"))
    try Toy.trainer(.mf(.init(factors: 4)), short, run: twice).fit()
    try Toy.trainer(.mf(.init(factors: 4)), long, run: twice).fit(resuming: true)
    #expect(try Toy.weights(once.lastCheckpoint) == Toy.weights(twice.lastCheckpoint))
  }

  @Test func aLossThatIsNoNumberEndsTheRun() throws {
    let train = TrainConfiguration(
      epochs: 3, batch: 64, loss: .mse, optimizer: OptimizerConfiguration(.sgd(momentum: 0), learningRate: 1e30))
    var dataset = try Toy.dataset()
    dataset.interactions.ratings = dataset.interactions.items.map { Float($0 % 5) }
    let trainer = try Trainer(Toy.model(.mf(.init(factors: 4)), dataset), on: dataset, configuration: train)
    #expect { try trainer.fit() } throws: { ($0 as? TrainingError)?.code == .diverged && "\($0)".contains("1e+30") }
  }

  @Test func liveHandlesReturnToWhereTheyWere() throws {
    let trainer = try Toy.trainer(
      .neuMF(.init()), TrainConfiguration(epochs: 100, maxSteps: 50, batch: 64, workers: 0, prefetch: 0), run: nil)
    trainer.stopSignal = { trainer.state.step == 20 ? SIGINT : nil }
    try trainer.fit()
    let before = Engine.liveHandles
    trainer.stopSignal = { nil }
    try trainer.fit()
    // Beyond what the best epoch's copy keeps.
    #expect(Engine.liveHandles - before <= 64)
  }

  @Test func fp16OnTheCPUIsRefused() throws {
    #expect { try Toy.trainer(.mf(.init()), TrainConfiguration(precision: .fp16), run: nil) } throws: {
      "\($0)".contains("fp16")
    }
  }

  @Test func aLossThatDoesNotSuitTheModelIsRefused() throws {
    #expect { try Toy.trainer(.neuMF(.init()), TrainConfiguration(loss: .nextItem(maxLength: 3)), run: nil) } throws: {
      "\($0)".contains("next-item")
    }
  }
}
