import Testing
import TestSupport
import Torch
import TorchNN

/// Fresh weights: PyTorch's bits for PyTorch's seed (`nn_initialisers.py`), and ours for ours.
@Suite struct InitialiserTests {
  static let fills: [(name: String, initialiser: Initialiser)] = [
    ("uniform", .uniform(from: -0.5, to: 2)), ("normal", .normal(mean: 1, std: 0.2)),
    ("truncated_normal", .truncatedNormal(mean: 0.1, std: 0.5, from: -0.4, to: 0.6)),
    ("truncated_normal_tail", .truncatedNormal(mean: 0, std: 1, from: 1.5, to: 3)),
    ("xavier_uniform", .xavierUniform(gain: 1.5)), ("xavier_normal", .xavierNormal()),
    ("kaiming_uniform", .kaimingUniform(negativeSlope: 0.2)), ("kaiming_normal", .kaimingNormal(fan: .fanOut)),
    ("ones", .ones), ("constant", .constant(0.25)),
  ]

  @Test(arguments: fills.map(\.name)) func fillsAsPyTorch(name: String) throws {
    let golden = try Golden("nn_initialisers")
    let initialiser = try #require(Self.fills.first { $0.name == name }).initialiser
    let tensor = try Tensor.empty([6, 40])
    try initialiser.apply(to: tensor, generator: Generator(seed: 7))
    try expectClose(tensor, golden["fill.\(name)"], tolerance: 1e-6, name)
  }

  @Test func zerosAreZeros() throws {
    let tensor = try Tensor.ones([3])
    try Initialiser.zeros.apply(to: tensor)
    #expect(try tensor.floats() == [0, 0, 0])
  }

  static let layers: [(name: String, make: @Sendable (Generator) throws -> Module)] = [
    ("linear", { try Linear(20, 10, generator: $0) }),
    ("embedding", { try Embedding(9, 5, paddingIndex: 3, generator: $0) }),
    ("lstm", { try LSTM(4, 6, layers: 2, bidirectional: true, generator: $0) }),
    ("gru", { try GRU(4, 6, generator: $0) }),
    ("mlp", { try MLP([8, 6, 4], generator: $0) }),
    ("batch_norm", { _ in try BatchNorm1d(3) }),
    ("layer_norm", { _ in try LayerNorm(3) }),
  ]

  @Test(arguments: layers.map(\.name)) func freshLayersHavePyTorchsWeights(name: String) throws {
    let golden = try Golden("nn_initialisers").below("layer.\(name)")
    let module = try #require(Self.layers.first { $0.name == name }).make(Generator(seed: 7))
    let state = try module.stateDict()
    #expect(state.map(\.name).sorted() == golden.keys.sorted())
    for (key, tensor) in state {
      try expectClose(tensor, #require(golden[key]), tolerance: 1e-6, "\(name) \(key)")
    }
  }

  @Test func dropoutDrawsPyTorchsMask() throws {
    let golden = try Golden("nn_initialisers")
    let dropout = try Dropout(0.3, generator: Generator(seed: 7))
    try expectClose(dropout(Tensor.ones([200])), golden["dropout"])
    #expect(try Dropout(1, generator: Generator(seed: 7))(Tensor.ones([5])).floats() == [0, 0, 0, 0, 0])
  }

  @Test func anInitialiserOfTheCallersChoiceIsTaken() throws {
    let linear = try Linear(4, 3, initialiser: .constant(0.5))
    #expect(try linear.weight.floats().allSatisfy { $0 == 0.5 })
    let table = try Embedding(4, 3, paddingIndex: 1, initialiser: .constant(2))
    #expect(try table.weight.floats() == [2, 2, 2, 0, 0, 0, 2, 2, 2, 2, 2, 2])
  }
}
