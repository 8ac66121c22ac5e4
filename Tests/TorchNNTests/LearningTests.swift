import Testing
import TestSupport
import Torch
import TorchNN

/// Whole models: the same seed gives the same bits, and one batch can be learned by heart.
@Suite struct LearningTests {
  /// Trains the twin on one batch and returns the losses.
  private func train(
    seed: UInt64, steps: Int, _ make: ([NamedTensor]) throws -> any Optimizer
  ) throws -> (model: Twin, losses: [Double]) {
    let model = try Twin(seed: seed)
    let optimizer = try make(model.namedParameters())
    let ids = try Tensor.randint(low: 0, high: 11, shape: [8, 4], generator: Generator(seed: 3))
    let classes = try Tensor([0, 1, 1, 0, 1, 0, 0, 1] as [Int])
    var losses: [Double] = []
    for _ in 0..<steps {
      try optimizer.zeroGrad()
      let loss = try Loss.crossEntropy(model(ids), classes)
      try loss.backward()
      try optimizer.step()
      losses.append(try loss.item())
    }
    return (model, losses)
  }

  @Test func sameSeedSameBits() throws {
    let one = try train(seed: 4, steps: 10) { try Adam($0, learningRate: 0.01) }
    let two = try train(seed: 4, steps: 10) { try Adam($0, learningRate: 0.01) }
    let other = try train(seed: 5, steps: 10) { try Adam($0, learningRate: 0.01) }
    #expect(one.losses == two.losses)
    #expect(one.losses != other.losses)
    for (a, b) in zip(try one.model.stateDict(), try two.model.stateDict()) {
      try expectSame(a.tensor, b.tensor, a.name)
    }
  }

  @Test(arguments: OptimizerImplementation.allCases) func oneBatchIsLearnedByHeart(
    implementation: OptimizerImplementation
  ) throws {
    let optimizers: [([NamedTensor]) throws -> any Optimizer] = [
      { try SGD($0, learningRate: 0.05, momentum: 0.9, implementation: implementation) },
      { try Adagrad($0, learningRate: 0.3, implementation: implementation) },
      { try Adam($0, learningRate: 0.02, implementation: implementation) },
      { try AdamW($0, learningRate: 0.02, implementation: implementation) },
      { try RowLazyAdam($0, learningRate: 0.02, implementation: implementation) },
    ]
    for (number, make) in optimizers.enumerated() {
      let losses = try train(seed: 4, steps: 150, make).losses
      #expect(try #require(losses.last) < 0.1, "optimizer \(number): \(losses.first ?? 0) to \(losses.last ?? 0)")
    }
  }
}
