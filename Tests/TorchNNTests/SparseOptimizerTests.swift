import Testing
import TestSupport
import Torch
import TorchNN

/// What sparse gradients must leave alone, and where they are refused.
@Suite struct SparseOptimizerTests {
  /// Rows 4 and 5 of the reference's table are never named by a gradient.
  @Test(arguments: OptimizerCase.sparse.map(\.name), OptimizerImplementation.allCases)
  func untouchedRowsKeepTheirBits(name: String, implementation: OptimizerImplementation) throws {
    let golden = try Golden("nn_optimizers")
    let parameters = try OptimizerCase.parameters(["table"], golden)
    let optimizer = try #require(OptimizerCase.sparse.first { $0.name == name }).make(parameters, implementation)
    for step in 0..<OptimizerCase.steps {
      try OptimizerCase.setGradients(parameters, step, golden)
      try optimizer.step()
    }
    try expectSame(
      parameters[0].tensor.slice(dim: 0, start: 4), golden["start.table"].slice(dim: 0, start: 4), "weights")
    let state = try optimizer.state()
    for key in ["exp_avg", "exp_avg_sq"] {
      guard let moments = state["table.\(key)"] else { continue }
      #expect(try moments.slice(dim: 0, start: 4).abs().sum().item() == 0)
      #expect(try moments.slice(dim: 0, start: 0, end: 4).abs().sum().item() > 0)
    }
    if let sum = state["table.sum"] {
      #expect(try sum.slice(dim: 0, start: 4).floats().allSatisfy { $0 == 0.1 })
    }
  }

  @Test func aRowMovesOnlyInTheStepsThatNameIt() throws {
    let table = try Embedding(4, 2, sparse: true, generator: Generator(seed: 1))
    let optimizer = try RowLazyAdam(table.namedParameters(), learningRate: 0.1)
    func step(_ ids: [Int]) throws {
      try optimizer.zeroGrad()
      try table(Tensor(ids)).sum().backward()
      try optimizer.step()
    }
    try step([1, 1, 3])
    let before = try table.weight.detach().clone()
    try step([0])
    try expectSame(
      table.weight.detach().slice(dim: 0, start: 1), before.slice(dim: 0, start: 1), "rows 1 to 3 rest")
    #expect(try !table.weight.detach().row(0).equal(before.row(0)))
  }

  /// `sum().backward()` gives gradient rows that share one element's memory.
  @Test(arguments: OptimizerImplementation.allCases)
  func twoLookupsOfOneTableAddUp(implementation: OptimizerImplementation) throws {
    func trained(sparse: Bool) throws -> Tensor {
      let table = try Embedding(5, 3, sparse: sparse, generator: Generator(seed: 1))
      let optimizer: any Optimizer =
        sparse
        ? try SGD(table.namedParameters(), learningRate: 0.1, implementation: implementation)
        : try SGD(table.namedParameters(), learningRate: 0.1, implementation: .reference)
      for _ in 0..<2 {
        try optimizer.zeroGrad()
        let (a, b) = (try table(Tensor([0, 2] as [Int])), try table(Tensor([2, 4] as [Int])))
        try (a * b).sum().backward()
        try optimizer.step()
      }
      return table.weight
    }
    try expectClose(trained(sparse: true), trained(sparse: false), tolerance: 1e-6)
  }

  @Test func sgdWithMomentumTakesASparseGradientAsDense() throws {
    let golden = try Golden("nn_optimizers")
    func run(densify: Bool) throws -> Tensor {
      let parameters = try OptimizerCase.parameters(["table"], golden)
      let optimizer = try SGD(parameters, learningRate: 0.1, momentum: 0.9, weightDecay: 0.1)
      for step in 0..<OptimizerCase.steps {
        try OptimizerCase.setGradients(parameters, step, golden)
        let table = parameters[0].tensor
        if densify { try table.setGrad(#require(table.grad).toDense()) }
        try optimizer.step()
      }
      return parameters[0].tensor
    }
    try expectSame(run(densify: false), run(densify: true))
  }

  /// Adam and AdamW move every row in every step, whichever form the gradient has.
  @Test(arguments: ["adam", "adam decay", "adamw"], OptimizerImplementation.allCases)
  func adamGivesTheDenseResult(name: String, implementation: OptimizerImplementation) throws {
    let golden = try Golden("nn_optimizers")
    func run(densify: Bool) throws -> (table: Tensor, state: [String: Tensor]) {
      let parameters = try OptimizerCase.parameters(["table"], golden)
      let optimizer: any Optimizer =
        switch name {
        case "adam": try Adam(parameters, learningRate: 0.05, implementation: implementation)
        case "adam decay":
          try Adam(parameters, learningRate: 0.05, weightDecay: 0.1, implementation: implementation)
        default: try AdamW(parameters, learningRate: 0.05, weightDecay: 0.1, implementation: implementation)
        }
      for step in 0..<OptimizerCase.steps {
        try OptimizerCase.setGradients(parameters, step, golden)
        let table = parameters[0].tensor
        if densify { try table.setGrad(#require(table.grad).toDense()) }
        try optimizer.step()
      }
      return (parameters[0].tensor, try optimizer.state())
    }
    let (sparse, dense) = (try run(densify: false), try run(densify: true))
    try expectClose(sparse.table, dense.table, tolerance: 2e-6)
    #expect(sparse.state.keys.sorted() == dense.state.keys.sorted())
    for (key, tensor) in dense.state {
      try expectClose(#require(sparse.state[key]), tensor, tolerance: 2e-6, key)
    }
  }

  @Test(arguments: OptimizerImplementation.allCases)
  func decayOfRowLazyAdamReachesNamedRowsOnly(implementation: OptimizerImplementation) throws {
    let golden = try Golden("nn_optimizers")
    let parameters = try OptimizerCase.parameters(["table"], golden)
    let reference = try OptimizerCase.parameters(["table"], golden)
    let optimizer = try RowLazyAdam(parameters, learningRate: 0.05, weightDecay: 0.1, implementation: implementation)
    let plain = try RowLazyAdam(reference, learningRate: 0.05, weightDecay: 0.1, implementation: .reference)
    for step in 0..<OptimizerCase.steps {
      try OptimizerCase.setGradients(parameters, step, golden)
      try OptimizerCase.setGradients(reference, step, golden)
      try optimizer.step()
      try plain.step()
    }
    try expectClose(parameters[0].tensor, reference[0].tensor, tolerance: 2e-6)
    try expectSame(
      parameters[0].tensor.slice(dim: 0, start: 4), golden["start.table"].slice(dim: 0, start: 4), "untouched")
  }

  @Test(arguments: OptimizerImplementation.allCases)
  func decayOfRowLazyAdamLeavesDenseWeightsAlone(implementation: OptimizerImplementation) throws {
    let start = try Tensor.randn([3, 4], generator: Generator(seed: 1))
    func trained(weightDecay: Double) throws -> Tensor {
      let weight = try start.clone().requiresGrad_()
      let optimizer = try RowLazyAdam(
        [("weight", weight)], learningRate: 0.1, weightDecay: weightDecay, implementation: implementation)
      for _ in 0..<3 {
        try optimizer.zeroGrad()
        try (weight * weight).sum().backward()
        try optimizer.step()
      }
      return weight
    }
    try expectSame(trained(weightDecay: 0.5).detach(), trained(weightDecay: 0).detach(), "dense")
  }

  /// A table whose first gradient comes late has a step count of its own.
  @Test(arguments: OptimizerImplementation.allCases)
  func tablesThatJoinLaterCountTheirOwnSteps(implementation: OptimizerImplementation) throws {
    let golden = try Golden("nn_optimizers")
    let early = try OptimizerCase.parameters(["table"], golden)[0].tensor
    let late = try OptimizerCase.parameters(["table"], golden)[0].tensor
    let optimizer = try RowLazyAdam(
      [("early", early), ("late", late)], learningRate: 0.05, implementation: implementation)
    for step in -1..<OptimizerCase.steps {
      try OptimizerCase.setGradients([("table", early)], max(0, step), golden)
      if step >= 0 { try OptimizerCase.setGradients([("table", late)], step, golden) }
      try optimizer.step()
    }
    try expectClose(late, golden["sparse_adam.\(OptimizerCase.steps - 1).table"], tolerance: 2e-6)
    #expect(try #require(optimizer.state()["early.step"]).item() == 6)
  }

  @Test(arguments: OptimizerImplementation.allCases)
  func theFirstStepIsTheLearningRate(implementation: OptimizerImplementation) throws {
    let table = try Tensor.ones([3, 2]).requiresGrad_()
    try table.setGrad(
      Tensor.sparseCOO(indices: Tensor([0, 2] as [Int], shape: [1, 2]), values: Tensor.ones([2, 2]), shape: [3, 2]))
    let optimizer = try RowLazyAdam([("table", table)], learningRate: 0.5, implementation: implementation)
    try optimizer.step()
    try expectClose(table, Tensor([0.5, 0.5, 1, 1, 0.5, 0.5] as [Float], shape: [3, 2]), tolerance: 1e-5)
  }
}
