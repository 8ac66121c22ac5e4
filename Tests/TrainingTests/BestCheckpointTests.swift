import Foundation
import Models
import TestSupport
import Testing
import Torch
import TorchNN
import Training

@Suite struct BestCheckpointTests {
  private func number(of path: String) throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
  }

  private func trained(
    _ scratch: Scratch, epochs: Int, lr: Double, average: Double? = nil, patience: Int? = nil
  ) throws -> (
    run: RunDirectory, trainer: Trainer
  ) {
    let run = RunDirectory(scratch.file("run"))
    let trainer = try Toy.trainer(
      .mf(.init(factors: 8)),
      TrainConfiguration(
        epochs: epochs, batch: 64, loss: .bpr(negatives: 1), optimizer: .adam(learningRate: lr), weightAverage: average,
        earlyStopping: EarlyStopping(metric: "ndcg@10", patience: patience)),
      run: run)
    try trainer.fit()
    return (run, trainer)
  }

  @Test func theLastWeightsThatAreTheBestAreWrittenOnce() throws {
    let scratch = try Scratch()
    let (run, trainer) = try trained(scratch, epochs: 1, lr: 0.01)
    #expect(trainer.state.bestStep == trainer.state.step)
    #expect(try number(of: run.bestCheckpoint) == number(of: run.lastCheckpoint))
    // A run that goes on leaves the best ones as they were.
    let before = try Data(contentsOf: URL(fileURLWithPath: run.bestCheckpoint))
    try Checkpoint(model: [], state: trainer.state).save(to: run.lastCheckpoint)
    #expect(try Data(contentsOf: URL(fileURLWithPath: run.bestCheckpoint)) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(run.path)/checkpoints").count == 2)
  }

  @Test func earlierWeightsThatAreTheBestStayTheirOwnFile() throws {
    let scratch = try Scratch()
    let (run, trainer) = try trained(scratch, epochs: 100, lr: 0.05, patience: 2)
    #expect((trainer.state.bestStep ?? 0) < trainer.state.step)
    #expect(try number(of: run.bestCheckpoint) != number(of: run.lastCheckpoint))
    let best = try Toy.weights(run.bestCheckpoint)
    for (name, tensor) in try trainer.model.stateDict() { #expect(try tensor.floats() == best[name]) }
  }

  @Test func averagedWeightsAreNotTheLastOnes() throws {
    let scratch = try Scratch()
    let (run, trainer) = try trained(scratch, epochs: 2, lr: 0.01, average: 0.5)
    #expect(try number(of: run.bestCheckpoint) != number(of: run.lastCheckpoint))
    let best = try Toy.weights(run.bestCheckpoint)
    for (name, tensor) in try trainer.model.stateDict() { #expect(try tensor.floats() == best[name]) }
  }
}
