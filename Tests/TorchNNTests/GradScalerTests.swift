import Testing
import TestSupport
import Torch
import TorchNN

/// The gradient scaler against `torch.amp.GradScaler` (`nn_optimizers.py`): step 1 overflows.
@Suite struct GradScalerTests {
  private func run(
    _ scaler: GradScaler, _ optimizer: any Optimizer, _ a: Tensor, _ steps: Range<Int>, _ golden: Golden,
    each: (Int, Bool) throws -> Void = { _, _ in }
  ) throws {
    for step in steps {
      try optimizer.zeroGrad()
      let factor = step == 1 ? try Tensor.full(a.shape, Double.infinity) : try golden["grad.\(step).a"]
      try scaler.scale((a * factor).sum()).backward()
      let taken = try scaler.step(optimizer)
      try scaler.update()
      try each(step, taken)
    }
  }

  @Test func stepsAndScalesAgreeWithPyTorch() throws {
    let golden = try Golden("nn_optimizers")
    let a = try golden["start.a"].clone().requiresGrad_()
    let optimizer = try SGD([("a", a)], learningRate: 0.1)
    let scaler = try GradScaler(initialScale: 1024, growthInterval: 2)
    let scales = try golden["scaler.scales"].doubles()
    try run(scaler, optimizer, a, 0..<5, golden) { step, taken in
      #expect(taken == (step != 1))
      #expect(scaler.currentScale == scales[step])
      try expectClose(a, golden["scaler.\(step).a"], "after step \(step)")
    }
    #expect(scaler.skippedSteps == 1)
  }

  @Test func aLoadedScalerGoesOn() throws {
    let golden = try Golden("nn_optimizers")
    let a = try golden["start.a"].clone().requiresGrad_()
    let optimizer = try SGD([("a", a)], learningRate: 0.1)
    let scaler = try GradScaler(initialScale: 1024, growthInterval: 2)
    try run(scaler, optimizer, a, 0..<3, golden)
    let resumed = try GradScaler(growthInterval: 2)
    try resumed.load(state: scaler.state())
    try run(resumed, optimizer, a, 3..<5, golden)
    let last = try golden["scaler.scales"].doubles()[4]
    #expect(resumed.currentScale == last)
    #expect(resumed.skippedSteps == 1)
  }

  @Test func anImpossibleStateIsRefusedWhole() throws {
    let scaler = try GradScaler(initialScale: 8)
    let error = try #require(
      #expect(throws: ModuleError.self) {
        try scaler.load(state: [
          "scale": Tensor.scalar(-1), "growth_tracker": Tensor.scalar(9e9), "x": Tensor.scalar(1),
        ])
      })
    #expect(error.faults.count == 4)
    #expect(scaler.currentScale == 8)
  }

  @Test func gradientsCanBeClippedBetweenUnscaleAndStep() throws {
    let a = try Tensor([3, 4] as [Float]).requiresGrad_()
    let optimizer = try SGD([("a", a)], learningRate: 1)
    let scaler = try GradScaler(initialScale: 4)
    try scaler.scale((a * a * 0.5).sum()).backward()
    try scaler.unscale(optimizer)
    #expect(try clipGradNorm([a], maxNorm: 1).item() == 5)
    #expect(throws: ModuleError.self) { try scaler.unscale(optimizer) }
    #expect(try scaler.step(optimizer))
    #expect(throws: ModuleError.self) { try scaler.step(optimizer) }
    try scaler.update()
    #expect(throws: ModuleError.self) { try scaler.update() }
    try expectClose(a, Tensor([2.4, 3.2] as [Float]))
  }

  @Test func sparseGradientsAreUnscaledToo() throws {
    let table = try Embedding(4, 2, sparse: true, initialiser: .zeros)
    let optimizer = try SGD(table.namedParameters(), learningRate: 1)
    let scaler = try GradScaler(initialScale: 16)
    try scaler.scale(table(Tensor([1, 1, 3] as [Int])).sum()).backward()
    #expect(try scaler.step(optimizer))
    #expect(try table.weight.floats() == [0, 0, -2, -2, 0, 0, -1, -1])
  }

  @Test func switchedOffItChangesNothing() throws {
    let a = try Tensor([3, 4] as [Float]).requiresGrad_()
    let optimizer = try SGD([("a", a)], learningRate: 1)
    let scaler = try GradScaler(enabled: false)
    #expect(scaler.currentScale == 1)
    try scaler.scale(a.sum()).backward()
    try scaler.unscale(optimizer)
    #expect(try scaler.step(optimizer))
    try scaler.update()
    #expect(try a.floats() == [2, 3])
  }
}
