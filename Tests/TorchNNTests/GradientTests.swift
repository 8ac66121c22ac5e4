import Testing
import Torch
import TorchNN

/// The gradients of every layer and loss against central differences in float64.
@Suite struct GradientTests {
  static let layers: [(name: String, shape: [Int], make: @Sendable (Generator) throws -> any UnaryLayer)] = [
    ("Linear", [3, 4], { try Linear(4, 2, generator: $0) }),
    ("LayerNorm", [3, 4], { _ in try LayerNorm(4) }),
    ("BatchNorm1d", [5, 3], { _ in try BatchNorm1d(3) }),
    ("Dropout in evaluation", [3, 4], { _ in try Dropout(0.5) }),
    ("MLP", [3, 4], { try MLP([4, 5, 2], activation: .tanh, generator: $0) }),
    ("gelu", [3, 4], { _ in Activation.gelu }),
    ("silu", [3, 4], { _ in Activation.silu }),
    ("sigmoid", [3, 4], { _ in Activation.sigmoid }),
    ("tanh", [3, 4], { _ in Activation.tanh }),
    ("softplus", [3, 4], { _ in Activation.softplus }),
    ("relu", [3, 4], { _ in Activation.relu }),
    ("leakyReLU", [3, 4], { _ in Activation.leakyReLU() }),
    ("identity", [3, 4], { _ in Activation.identity }),
  ]

  @Test(arguments: layers.map(\.name)) func layer(name: String) throws {
    let (_, shape, make) = try #require(Self.layers.first { $0.name == name })
    let layer = try make(Generator(seed: 5))
    let module = layer as? Module
    try module?.to(dtype: .float64)
    if name.hasPrefix("Dropout") { module?.eval() }
    let x = try normal(shape, seed: 6)
    let cotangent = try normal(layer(x).shape, seed: 7)
    try expectGradientsMatchDifferences([x] + (module?.parameters() ?? []), name) {
      try (layer(x) * cotangent).sum()
    }
  }

  @Test(arguments: [false, true]) func embedding(sparse: Bool) throws {
    let layer = try Embedding(5, 3, sparse: sparse, generator: Generator(seed: 5))
    try layer.to(dtype: .float64)
    let ids = try Tensor([4, 0, 4, 2] as [Int])
    let cotangent = try normal([4, 3], seed: 7)
    try expectGradientsMatchDifferences([layer.weight], "Embedding") { try (layer(ids) * cotangent).sum() }
  }

  @Test(arguments: [nil, [3, 1, 2]] as [[Int]?]) func lstm(lengths: [Int]?) throws {
    let layer = try LSTM(2, 3, layers: 2, bidirectional: true, generator: Generator(seed: 5))
    try layer.to(dtype: .float64)
    let x = try normal([3, 3, 2], seed: 6)
    let cotangent = try normal([3, 3, 6], seed: 7)
    try expectGradientsMatchDifferences([x] + layer.parameters(), "LSTM") {
      let result = try layer(x, lengths: lengths)
      return try (result.output * cotangent).sum() + result.last().sum()
    }
  }

  @Test(arguments: [nil, [3, 1, 2]] as [[Int]?]) func gru(lengths: [Int]?) throws {
    let layer = try GRU(2, 3, generator: Generator(seed: 5))
    try layer.to(dtype: .float64)
    let x = try normal([3, 3, 2], seed: 6)
    let cotangent = try normal([3, 3, 3], seed: 7)
    try expectGradientsMatchDifferences([x] + layer.parameters(), "GRU") {
      let result = try layer(x, lengths: lengths)
      return try (result.output * cotangent).sum() + result.last().sum()
    }
  }

  @Test func losses() throws {
    let (a, b) = (try normal([4], seed: 8), try normal([4], seed: 9))
    let targets = try normal([4], seed: 10).sigmoid()
    let logits = try normal([4, 3], seed: 11)
    let classes = try Tensor([0, 2, 1, 1] as [Int])
    try expectGradientsMatchDifferences([a], "bce") { try Loss.bceWithLogits(a, targets) }
    try expectGradientsMatchDifferences([logits], "cross entropy") { try Loss.crossEntropy(logits, classes) }
    try expectGradientsMatchDifferences([a, b], "bpr") { try Loss.bpr(positive: a, negative: b) }
    try expectGradientsMatchDifferences([a, logits], "bpr, three negatives") {
      try Loss.bpr(positive: a, negative: logits)
    }
    try expectGradientsMatchDifferences([a, b], "mse") { try Loss.mse(a, b) }
    try expectGradientsMatchDifferences([a, b], "hinge") { try Loss.hinge(positive: a, negative: b) }
  }
}
