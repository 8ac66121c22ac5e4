import Testing
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

  @Test func adamRefusesASparseGradientByName() throws {
    let table = try Embedding(4, 2, sparse: true, generator: Generator(seed: 1))
    for optimizer: any Optimizer in [
      try Adam([("items.weight", table.weight)]), try AdamW([("items.weight", table.weight)]),
    ] {
      try table(Tensor([1] as [Int])).sum().backward()
      let error = #expect(throws: ModuleError.self) { try optimizer.step() }
      #expect(error?.code == .sparseGradient)
      #expect(error?.message.contains("items.weight") == true)
      #expect(error?.message.contains("RowLazyAdam") == true)
    }
  }
}
