import Testing
import TestSupport
import Torch
import TorchNN

/// Layers and losses under bfloat16 autocast: near float32, with float32 weights and gradients.
@Suite struct AutocastTests {
  @Test(arguments: ["mlp", "lstm", "gru", "packed lstm", "packed gru"]) func nearFloat32(kind: String) throws {
    let generator = try Generator(seed: 1)
    let mlp = try MLP([6, 8, 1], generator: generator)
    let lstm = try LSTM(6, 6, generator: generator)
    let gru = try GRU(6, 6, generator: generator)
    let norm = try LayerNorm(6)
    let x = try Tensor.randn([4, 3, 6], generator: generator)
    let lengths = kind.hasPrefix("packed") ? [3, 1, 2, 3] : nil

    func loss() throws -> Tensor {
      var hidden = try x.select(dim: 1, index: 0)
      if kind.hasSuffix("lstm") { hidden = try lstm(x, lengths: lengths).last() }
      if kind.hasSuffix("gru") { hidden = try gru(x, lengths: lengths).last() }
      let logits = try mlp(norm(hidden)).squeeze(dim: 1)
      return try Loss.bceWithLogits(logits, Tensor([0, 1, 1, 0] as [Float]))
    }

    let parameters = mlp.parameters() + lstm.parameters() + gru.parameters()
    try loss().backward()
    let exact = try parameters.map { try $0.grad?.clone() }
    for parameter in parameters { try parameter.setGrad(nil) }

    let single = try loss().item()
    let short = try autocast(device: .cpu, dtype: .bfloat16) { try loss() }
    #expect(short.dtype == .float32)
    #expect(abs(try short.item() - single) < 0.02)
    try short.backward()
    for (parameter, expected) in zip(parameters, exact) {
      guard let expected else { continue }
      let gradient = try #require(parameter.grad)
      #expect(gradient.dtype == .float32)
      try expectClose(gradient, expected, tolerance: 0.03)
    }
  }
}
