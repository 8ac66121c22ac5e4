import Foundation
import Testing
import TestSupport
import Torch
import TorchNN

/// Clipping, gradient scaler and schedules against PyTorch (`nn_optimizers.py`).
@Suite struct TrainingToolTests {
  @Test(arguments: [("two", 2.0), ("one", 1.0), ("inf", .infinity)]) func clippedNorm(kind: String, order: Double)
    throws
  {
    let golden = try Golden("nn_optimizers")
    let parameters = try OptimizerCase.parameters(["a", "b", "table"], golden)
    try OptimizerCase.setGradients(parameters, 0, golden)
    let idle = try Tensor.ones([2]).requiresGrad_()
    let norm = try clipGradNorm(parameters.map(\.tensor) + [idle], maxNorm: 1.5, normType: order)
    try expectClose(norm, golden["clip.\(kind).norm"], "norm")
    for (name, tensor) in parameters {
      let gradient = try #require(tensor.grad)
      #expect(gradient.isSparse == (name == "table"))
      try expectClose(gradient.isSparse ? gradient.toDense() : gradient, golden["clip.\(kind).\(name)"], name)
    }
  }

  @Test func smallGradientsAreNotScaledUp() throws {
    let x = try Tensor([1, 2] as [Float]).requiresGrad_()
    try x.setGrad(Tensor([0.3, 0.4] as [Float]))
    let norm = try clipGradNorm([x], maxNorm: 1)
    #expect(try abs(norm.item() - 0.5) < 1e-6)
    #expect(try #require(x.grad).floats() == [0.3, 0.4])
    #expect(try clipGradNorm([], maxNorm: 1).item() == 0)
  }

  @Test func aNormThatIsNotFiniteCanBeAnError() throws {
    let x = try Tensor([1, 2] as [Float]).requiresGrad_()
    try x.setGrad(Tensor([.nan, 1] as [Float]))
    let error = #expect(throws: ModuleError.self) { try clipGradNorm([x], maxNorm: 1, errorIfNonFinite: true) }
    #expect(error?.code == .notFinite)
  }

  @Test func clippedValues() throws {
    let x = try Tensor([1, 2, 3] as [Float]).requiresGrad_()
    try x.setGrad(Tensor([-5, 0.5, 2] as [Float]))
    try clipGradValue([x], maxValue: 1)
    #expect(try #require(x.grad).floats() == [-1, 0.5, 1])
  }

  @Test func schedulesAgreeWithPyTorch() throws {
    let data = try Data(contentsOf: Golden.folder.appendingPathComponent("nn_schedules.json"))
    let expected = try JSONDecoder().decode([String: [Double]].self, from: data)
    let schedules: [String: LearningRateSchedule] = [
      "step": .step(every: 3, factor: 0.5), "exponential": .exponential(factor: 0.9),
      "linear": .linear(steps: 8, to: 0.2), "cosine": .cosine(steps: 11, minimum: 0.1),
      "warmup_linear": .warmup(steps: 4, then: .linear(steps: 5, to: 0.2)),
    ]
    #expect(expected.keys.sorted() == schedules.keys.sorted())
    for (name, schedule) in schedules {
      let factors = try #require(expected[name])
      for (step, factor) in factors.enumerated() {
        #expect(abs(schedule.factor(step) - factor) < 1e-9, "\(name) at step \(step)")
      }
    }
  }

  @Test func schedulesStayWhereTheyEnd() {
    #expect(LearningRateSchedule.constant.factor(1_000_000) == 1)
    #expect(LearningRateSchedule.cosine(steps: 10, minimum: 0.1).factor(1_000) == 0.1)
    #expect(LearningRateSchedule.linear(steps: 10, to: 0.3).factor(10) == 0.3)
    #expect(LearningRateSchedule.warmup(steps: 0, then: .constant).factor(0) == 1)
    #expect(LearningRateSchedule.cosine(steps: 0).factor(0) == 0)
    #expect(LearningRateSchedule.step(every: 0, factor: 0.5).factor(-3) == 1)
  }

  @Test func aScheduleIsCodable() throws {
    let schedule = LearningRateSchedule.warmup(steps: 5, then: .cosine(steps: 10, minimum: 0.1))
    let data = try JSONEncoder().encode(schedule)
    #expect(try JSONDecoder().decode(LearningRateSchedule.self, from: data) == schedule)
  }
}
