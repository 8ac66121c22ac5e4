import Features
import Models
import TestSupport
import Testing
import Torch
import TorchNN
import Training

@Suite(.serialized) struct WeightAverageTests {
  private func configuration(epochs: Int, average: Double?) -> TrainConfiguration {
    TrainConfiguration(
      epochs: epochs, batch: 64, loss: .bpr(negatives: 1), weightAverage: average,
      earlyStopping: EarlyStopping(patience: nil))
  }

  /// The weights after 1, 2 and 3 epochs without averaging give the average by hand.
  @Test func keepsTheMovingAverageOfTheEpochs() throws {
    let scratch = try Scratch()
    var expected: [String: [Float]] = [:]
    for epochs in 1...3 {
      let run = RunDirectory(scratch.file("plain-\(epochs)"))
      try Toy.trainer(.mf(.init(factors: 4)), configuration(epochs: epochs, average: nil), run: run).fit()
      let weights = Dictionary(
        uniqueKeysWithValues: try Checkpoint.load(from: run.lastCheckpoint).model.map { ($0.0, try $0.1.floats()) })
      for (name, values) in weights {
        expected[name] = expected[name].map { zip($0, values).map { $0 + ($1 - $0) * 0.25 } } ?? values
      }
    }
    let run = RunDirectory(scratch.file("average"))
    var train = configuration(epochs: 3, average: 0.75)
    // Only the last epoch is validated, so that its average is what stands in best.safetensors.
    train.validateEvery = 3
    try Toy.trainer(.mf(.init(factors: 4)), train, run: run).fit()
    let best = try Checkpoint.load(from: run.bestCheckpoint).model
    #expect(!best.isEmpty)
    for (name, tensor) in best {
      for (found, wanted) in zip(try tensor.floats(), try #require(expected[name])) {
        #expect(abs(found - wanted) < 1e-6)
      }
    }
    // Training itself goes on from the plain weights.
    let plain = try Toy.weights(scratch.file("plain-3") + "/checkpoints/last.safetensors")
    let last = try Toy.weights(run.lastCheckpoint)
    for (name, tensor) in best { _ = tensor; #expect(last[name] == plain[name]) }
  }

  @Test func aResumedRunEndsInTheSameAverage() throws {
    let scratch = try Scratch()
    let train = configuration(epochs: 3, average: 0.5)
    let whole = RunDirectory(scratch.file("whole"))
    try Toy.trainer(.mf(.init(factors: 4)), train, run: whole).fit()
    let parts = RunDirectory(scratch.file("parts"))
    for stop in [5, 20, 30] {
      let trainer = try Toy.trainer(.mf(.init(factors: 4)), train, run: parts)
      trainer.stopSignal = { trainer.state.step >= stop ? 15 : nil }
      try trainer.fit(resuming: true)
    }
    try Toy.trainer(.mf(.init(factors: 4)), train, run: parts).fit(resuming: true)
    #expect(try Toy.weights(parts.lastCheckpoint) == Toy.weights(whole.lastCheckpoint))
    #expect(try Toy.weights(parts.bestCheckpoint) == Toy.weights(whole.bestCheckpoint))
  }
}
