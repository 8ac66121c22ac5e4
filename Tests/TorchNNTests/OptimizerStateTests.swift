import Testing
import TestSupport
import Torch
import TorchNN

/// Saving and loading of optimiser state: continuation bit for bit, and refusal of what does not fit.
@Suite struct OptimizerStateTests {
  @Test(arguments: (OptimizerCase.dense + OptimizerCase.sparse).map(\.name), OptimizerImplementation.allCases)
  func aLoadedOptimizerGoesOnBitForBit(name: String, implementation: OptimizerImplementation) throws {
    let golden = try Golden("nn_optimizers")
    let all = OptimizerCase.dense + OptimizerCase.sparse
    let make = try #require(all.first { $0.name == name }).make
    let names = name.hasPrefix("sparse") ? ["table"] : ["a", "b"]

    let parameters = try OptimizerCase.parameters(names, golden)
    let optimizer = try make(parameters, implementation)
    func run(_ optimizer: any Optimizer, _ parameters: [NamedTensor], _ steps: Range<Int>) throws {
      for step in steps {
        try OptimizerCase.setGradients(parameters, step, golden)
        try optimizer.step()
      }
    }
    try run(optimizer, parameters, 0..<3)
    optimizer.learningRate *= 0.5
    let saved = try optimizer.state()
    let copies = try parameters.map { (name: $0.name, tensor: try $0.tensor.detach().clone().requiresGrad_()) }
    try run(optimizer, parameters, 3..<5)

    let resumed = try make(copies, implementation)
    try resumed.load(state: saved)
    #expect(resumed.learningRate == optimizer.learningRate)
    try run(resumed, copies, 3..<5)
    for (one, other) in zip(parameters, copies) { try expectSame(one.tensor, other.tensor, one.name) }
    let (left, right) = (try optimizer.state(), try resumed.state())
    #expect(left.keys.sorted() == right.keys.sorted())
    for (key, tensor) in left { try expectSame(tensor, #require(right[key]), key) }
  }

  @Test func stateIsKeyedByParameterAndPyTorchName() throws {
    let layer = try Linear(3, 2, generator: Generator(seed: 1))
    let optimizer = try Adam(layer.namedParameters())
    try layer(Tensor.ones([1, 3])).sum().backward()
    try optimizer.step()
    #expect(
      try optimizer.state().keys.sorted() == [
        "bias.exp_avg", "bias.exp_avg_sq", "bias.step", "learning_rate", "weight.exp_avg", "weight.exp_avg_sq",
        "weight.step",
      ])
  }

  @Test func savedStateIsACopy() throws {
    let layer = try Linear(3, 2, generator: Generator(seed: 1))
    let optimizer = try Adam(layer.namedParameters())
    try layer(Tensor.ones([1, 3])).sum().backward()
    try optimizer.step()
    let saved = try optimizer.state()
    let before = try #require(saved["weight.exp_avg"]).doubles()
    try optimizer.step()
    #expect(try #require(saved["weight.exp_avg"]).doubles() == before)
  }

  @Test func everyFaultIsReportedAndNothingChanges() throws {
    let layer = try Linear(3, 2, generator: Generator(seed: 1))
    let optimizer = try Adam(layer.namedParameters(), learningRate: 0.1)
    try layer(Tensor.ones([1, 3])).sum().backward()
    try optimizer.step()
    let before = try optimizer.state()

    var broken = before
    broken["weight.exp_avg"] = try Tensor.zeros([3, 2])
    broken["weight.exp_avg_sq"] = try Tensor.zeros([2, 3], dtype: .int64)
    broken["bias.exp_avg"] = nil
    broken["bias.step"] = try Tensor([Float.nan])
    broken["head.step"] = try Tensor.zeros([])
    broken["learning_rate"] = try Tensor.scalar(7)
    let error = try #require(#expect(throws: ModuleError.self) { try optimizer.load(state: broken) })
    #expect(error.code == .stateMismatch)
    for part in [
      "shape of \"weight.exp_avg\": received [3, 2], the parameter has [2, 3]", "type of \"weight.exp_avg_sq\"",
      "value of \"bias.step\": received nan", "unexpected: \"head.step\"",
    ] {
      #expect(error.faults.contains { $0.contains(part) }, "\(part) in \(error.faults)")
    }
    broken = before
    broken["bias.exp_avg"] = nil
    broken["weight.step"] = nil
    let second = try #require(#expect(throws: ModuleError.self) { try optimizer.load(state: broken) })
    #expect(second.faults.sorted() == ["missing: \"bias.exp_avg\"", "missing: \"weight.step\""])

    let after = try optimizer.state()
    for (key, tensor) in before { try expectSame(tensor, #require(after[key]), key) }
  }

  @Test func impossibleValuesAreRefused() throws {
    let layer = try Linear(2, 2, generator: Generator(seed: 1))
    let parameters = layer.namedParameters()
    let attempts: [() throws -> any Optimizer] = [
      { try SGD(parameters, learningRate: -1) }, { try SGD(parameters, learningRate: .nan) },
      { try SGD(parameters, momentum: -0.5) }, { try SGD(parameters, nesterov: true) },
      { try SGD(parameters, weightDecay: -1) }, { try Adagrad(parameters, epsilon: -1) },
      { try Adam(parameters, beta1: 1) }, { try AdamW(parameters, beta2: -0.1) },
      { try RowLazyAdam(parameters, epsilon: .infinity) }, { try Adam([]) },
      { try Adam(parameters + parameters) },
    ]
    for (number, attempt) in attempts.enumerated() {
      let error = #expect(throws: ModuleError.self, "attempt \(number)") { _ = try attempt() }
      #expect(error?.code == .invalidArgument)
    }
  }
}
