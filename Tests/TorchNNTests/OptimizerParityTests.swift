import Testing
import TestSupport
import Torch
import TorchNN

/// Every optimiser in every implementation against `torch.optim`, step by step (`nn_optimizers.py`).
@Suite struct OptimizerParityTests {
  @Test(arguments: OptimizerCase.dense.map(\.name), OptimizerImplementation.allCases)
  func denseStepsAgree(name: String, implementation: OptimizerImplementation) throws {
    try expectParity(name, OptimizerCase.dense, ["a", "b"], implementation)
  }

  @Test(arguments: OptimizerCase.sparse.map(\.name), OptimizerImplementation.allCases)
  func sparseStepsAgree(name: String, implementation: OptimizerImplementation) throws {
    try expectParity(name, OptimizerCase.sparse, ["table"], implementation)
  }

  private func expectParity(
    _ name: String, _ cases: [OptimizerCase], _ parameterNames: [String], _ implementation: OptimizerImplementation
  ) throws {
    let golden = try Golden("nn_optimizers")
    let parameters = try OptimizerCase.parameters(parameterNames, golden)
    let optimizer = try #require(cases.first { $0.name == name }).make(parameters, implementation)
    for step in 0..<OptimizerCase.steps {
      try OptimizerCase.setGradients(parameters, step, golden)
      try optimizer.step()
      for (key, tensor) in parameters {
        try expectClose(tensor, golden["\(name).\(step).\(key)"], tolerance: 2e-6, "\(name) \(key) after step \(step)")
      }
    }
    let state = try optimizer.state()
    for (key, expected) in golden.below("\(name).state") {
      try expectClose(#require(state[key], "\(key)"), expected, tolerance: 2e-6, "\(name) state \(key)")
    }
  }

  @Test(arguments: OptimizerImplementation.allCases)
  func denseParametersOfRowLazyAdamGetAdam(implementation: OptimizerImplementation) throws {
    let golden = try Golden("nn_optimizers")
    let parameters = try OptimizerCase.parameters(["a", "table", "b"], golden)
    let optimizer = try RowLazyAdam(parameters, learningRate: 0.05, implementation: implementation)
    for step in 0..<OptimizerCase.steps {
      try OptimizerCase.setGradients(parameters, step, golden)
      try optimizer.step()
    }
    let last = OptimizerCase.steps - 1
    try expectClose(parameters[0].tensor, golden["adam.\(last).a"], tolerance: 2e-6)
    try expectClose(parameters[1].tensor, golden["sparse_adam.\(last).table"], tolerance: 2e-6)
    try expectClose(parameters[2].tensor, golden["adam.\(last).b"], tolerance: 2e-6)
  }

  @Test func float64ParametersStandBesideFloat32() throws {
    for implementation in OptimizerImplementation.allCases {
      let single = try Tensor([1, 2, 3] as [Float]).requiresGrad_()
      let double = try Tensor([1, 2, 3] as [Double]).requiresGrad_()
      let optimizer = try Adam([("single", single), ("double", double)], implementation: implementation)
      for _ in 0..<3 {
        try single.setGrad(Tensor([0.5, -1, 2] as [Float]))
        try double.setGrad(Tensor([0.5, -1, 2] as [Double]))
        try optimizer.step()
      }
      try expectClose(single, double, tolerance: 1e-6)
    }
  }
}
