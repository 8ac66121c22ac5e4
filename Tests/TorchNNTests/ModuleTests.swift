import Testing
import Torch
import TorchNN

/// What every module can do, and what layers refuse.
@Suite struct ModuleTests {
  /// One weight under two names, as a model with tied input and output embeddings has.
  private final class Tied: Module {
    let table: Embedding
    let output: Tensor

    init() throws {
      let members = Members()
      table = members.add("table", try Embedding(4, 3, generator: Generator(seed: 1)))
      output = try members.parameter("output", table.weight)
      super.init(members)
    }
  }

  @Test func aTiedWeightIsTrainedOnceAndSavedTwice() throws {
    let model = try Tied()
    #expect(model.namedParameters().map(\.name) == ["output"])
    #expect(try model.stateDict().map(\.name) == ["output", "table.weight"])
    #expect(model.parameterCount == 12)
  }

  @Test func trainAndEvalReachEveryLayer() throws {
    let model = try MLP([3, 4, 2], dropout: 0.5, generator: Generator(seed: 1))
    #expect(model.isTraining)
    model.eval()
    #expect(model.modules().allSatisfy { !$0.isTraining })
    let x = try Tensor.ones([2, 3])
    #expect(try model(x).equal(model(x)))
    model.train()
    #expect(model.modules().allSatisfy { $0.isTraining })
  }

  @Test func evaluatingPutsEachModeBack() throws {
    let model = try Twin(seed: 1)
    model.norm.eval()
    let output = try model.evaluating {
      #expect(model.modules().allSatisfy { !$0.isTraining })
      return try model(Tensor([1, 2] as [Int], shape: [1, 2]))
    }
    #expect(!output.requiresGrad)
    #expect(model.isTraining && model.lstm.isTraining && !model.norm.isTraining)
  }

  @Test func childrenAreNamed() throws {
    #expect(try Twin(seed: 1).children.map(\.name) == ["items", "lstm", "norm", "head"])
    #expect(try Twin(seed: 1).modules().count == 7)
  }

  @Test func conversionKeepsTheTensorsOfAnOptimizer() throws {
    let layer = try Linear(3, 2, generator: Generator(seed: 1))
    let optimizer = try SGD(layer.namedParameters(), learningRate: 1)
    let weight = layer.weight
    try layer.to(dtype: .float64)
    #expect(weight.dtype == .float64 && layer.weight.requiresGrad)
    try layer(Tensor.ones([1, 3], dtype: .float64)).sum().backward()
    let before = try weight.doubles()
    try optimizer.step()
    #expect(try weight.doubles() == before.map { $0 - 1 })
    #expect(throws: ModuleError.self) { try layer.to(dtype: .int64) }
  }

  @Test func zeroGradDropsGradients() throws {
    let layer = try Linear(3, 2, generator: Generator(seed: 1))
    try layer(Tensor.ones([1, 3])).sum().backward()
    #expect(layer.weight.grad != nil)
    try layer.zeroGrad()
    #expect(layer.parameters().allSatisfy { $0.grad == nil })
  }

  @Test func impossibleArgumentsAreRefused() throws {
    let attempts: [(part: String, attempt: () throws -> Any)] = [
      ("Linear(0, 3)", { try Linear(0, 3) }), ("Embedding(-1, 3)", { try Embedding(-1, 3) }),
      ("padding index 5", { try Embedding(5, 3, paddingIndex: 5) }), ("LayerNorm([])", { try LayerNorm([]) }),
      ("BatchNorm1d(0)", { try BatchNorm1d(0) }), ("Dropout(1.5)", { try Dropout(1.5) }),
      ("MLP([3])", { try MLP([3]) }), ("Dropout(-0.1)", { try MLP([3, 2, 1], dropout: -0.1) }),
      ("LSTM(3, 0", { try LSTM(3, 0) }), ("GRU(dropout: 2.0)", { try GRU(3, 3, dropout: 2) }),
      ("growthInterval: 0", { try GradScaler(growthInterval: 0) }),
      ("clipGradValue(maxValue: -1.0)", { try clipGradValue([], maxValue: -1) }),
      ("clipGradNorm(maxNorm: -1.0", { try clipGradNorm([], maxNorm: -1) }),
      ("[3]; use .uniform", { try Initialiser.xavierUniform().apply(to: Tensor.zeros([3])) }),
      (
        "from 1.0 to 0.0",
        { try Initialiser.truncatedNormal(mean: 0, std: 1, from: 1, to: 0).apply(to: Tensor.zeros([3])) }
      ),
    ]
    for (part, attempt) in attempts {
      let error = #expect(throws: ModuleError.self, "\(part)") { _ = try attempt() }
      #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "nothing")")
    }
  }

  @Test func wrongInputsAreNamed() throws {
    let x = try Tensor.zeros([2, 4, 3])
    let lstm = try LSTM(3, 5)
    let attempts: [(part: String, attempt: () throws -> Any)] = [
      ("id 7 at position 2 is outside 0..<5", { try Embedding(5, 2)(Tensor([1, 4, 7] as [Int])) }),
      ("id -1 at position 0", { try Embedding(5, 2)(Tensor([-1] as [Int])) }),
      ("received shape [2, 4]", { try BatchNorm1d(3)(Tensor.zeros([2, 4])) }),
      ("received shape [1, 3] in training", { try BatchNorm1d(3)(Tensor.zeros([1, 3])) }),
      ("received shape [2, 4, 3]; needs [B, L, 4]", { try GRU(4, 5)(x) }),
      ("length 5 at position 1 is outside 1...4", { try lstm(x, lengths: [4, 5]) }),
      ("length 0 at position 0", { try lstm(x, lengths: Tensor([0, 4] as [Int])) }),
      ("received 3 lengths", { try lstm(x, lengths: [1, 2, 3]) }),
      ("initial state of shape [1, 3, 5]", { try GRU(3, 5)(x, state: Tensor.zeros([1, 3, 5])) }),
    ]
    for (part, attempt) in attempts {
      let error = #expect(throws: ModuleError.self, "\(part)") { _ = try attempt() }
      #expect(error?.message.contains(part) == true, "\(part) in \(error?.message ?? "nothing")")
    }
    #expect(throws: TorchError.self) { try Linear(4, 2)(x) }
  }
}
