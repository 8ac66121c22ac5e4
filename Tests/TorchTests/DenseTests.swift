import TestSupport
import Testing
import Torch

/// The fused dense operators against the single operators they stand for.
struct DenseTests {
  private func leaf(_ tensor: Tensor) throws -> Tensor { try tensor.clone().requiresGrad_() }

  @Test(arguments: [1, 31, 200], [true, false])
  func perceptronIsItsLayers(batch: Int, activateLast: Bool) throws {
    let generator = try Generator(seed: 4)
    let sizes = [13, 40, 24, 1]
    let x = try Tensor.randn([batch, 13], generator: generator)
    let weights = try zip(sizes, sizes.dropFirst()).map { try Tensor.randn([$1, $0], generator: generator) * 0.3 }
    let biases = try sizes.dropFirst().map { try Tensor.randn([$0], generator: generator) }
    let slope = try Tensor.randn([batch, 1], generator: generator)
    var inputs: [[Tensor]] = []
    var outputs: [Tensor] = []
    for isFused in [true, false] {
      let all = try ([x] + weights + biases).map(leaf)
      let layers = (0..<3).map { (weight: all[1 + $0], bias: all[4 + $0]) }
      var out = all[0]
      if isFused {
        out = try perceptron(all[0], layers: layers, activateLast: activateLast)
      } else {
        for (index, layer) in layers.enumerated() {
          out = try out.linear(weight: layer.weight, bias: layer.bias)
          if activateLast || index < 2 { out = try out.relu() }
        }
      }
      try out.backward(gradient: slope)
      outputs.append(try out.detach())
      inputs.append(all)
    }
    try expectClose(outputs[0], outputs[1], tolerance: 1e-5)
    for (a, b) in zip(inputs[0], inputs[1]) { try expectClose(#require(a.grad), #require(b.grad), tolerance: 1e-4) }
  }

  @Test(arguments: [(26, 16), (3, 5), (40, 8)])
  func interactionIsItsProducts(features: Int, dimension: Int) throws {
    let generator = try Generator(seed: 9)
    let batch = 37
    let bottom = try Tensor.randn([batch, dimension], generator: generator)
    let rows = try Tensor.randn([batch, features * dimension], generator: generator)
    let pairs = (features + 1) * features / 2
    let slope = try Tensor.randn([batch, dimension + pairs], generator: generator)
    let (a, b) = (try leaf(bottom), try leaf(rows))
    let fused = try dotInteraction(bottom: a, embeddings: b)
    try fused.backward(gradient: slope)
    let (c, d) = (try leaf(bottom), try leaf(rows))
    let vectors = try Tensor.cat([c.unsqueeze(dim: 1), d.reshape([batch, features, dimension])], dim: 1)
    let products = try vectors.bmm(vectors.transpose(1, 2)).reshape([batch, -1])
    let n = features + 1
    let lower = (0..<n).flatMap { i in (0..<i).map { i * n + $0 } }
    let composed = try Tensor.cat([c, products.indexSelect(dim: 1, index: Tensor(lower))], dim: 1)
    try composed.backward(gradient: slope)
    try expectClose(fused.detach(), composed.detach(), tolerance: 1e-5)
    try expectClose(#require(a.grad), #require(c.grad), tolerance: 2e-5)
    try expectClose(#require(b.grad), #require(d.grad), tolerance: 2e-5)
  }

  @Test func shapesThatDoNotFit() throws {
    let x = try Tensor.zeros([2, 3])
    #expect(throws: TorchError.self) {
      _ = try perceptron(x, layers: [(Tensor.zeros([4, 5]), Tensor.zeros([4]))], activateLast: true)
    }
    #expect(throws: TorchError.self) { _ = try perceptron(x, layers: [], activateLast: true) }
    #expect(throws: TorchError.self) { _ = try dotInteraction(bottom: x, embeddings: Tensor.zeros([2, 4])) }
    #expect(throws: TorchError.self) { _ = try dotInteraction(bottom: x, embeddings: Tensor.zeros([3, 6])) }
  }
}
