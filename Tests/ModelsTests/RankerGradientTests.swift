import Features
import Models
import Testing
import TestSupport
import Torch
import TorchNN

@Suite("Ranker gradients")
struct RankerGradientTests {
  /// Tables are float32, so the whole model is checked along one direction: where the loss falls the fastest, a step of known
  /// length must change it by that length times the norm of the gradient.
  @Test("the loss of each ranker changes along its gradient as the gradient says", arguments: RankerCase.all)
  func differences(_ one: RankerCase) throws {
    let model = try one.make()
    let batch = try one.batch(Golden("rankers"))
    try RankerCase.loss(model, batch).backward()
    let parameters = model.parameters()
    let gradients = try parameters.map { parameter in
      let gradient = try #require(parameter.grad)
      return try gradient.isSparse ? gradient.toDense() : gradient
    }
    let norm = try gradients.reduce(0) { try $0 + $1.square().sum().item() }.squareRoot()
    #expect(norm > 0)
    func loss(_ shift: Double) throws -> Double {
      try noGrad {
        func move(_ amount: Double) throws {
          for (parameter, gradient) in zip(parameters, gradients) { try parameter.add_(gradient, alpha: amount / norm) }
        }
        try move(shift)
        let value = try RankerCase.loss(model, batch).item()
        try move(-shift)
        return value
      }
    }
    let step = 5e-4
    let slope = try (loss(step) - loss(-step)) / (2 * step)
    #expect(abs(slope - norm) < 2e-3 * max(1, norm), "\(slope) against \(norm)")
  }

  private func random(_ shape: [Int], seed: UInt64) throws -> Tensor {
    try Tensor.randn(shape, generator: Generator(seed: seed)).to(dtype: .float64)
  }

  /// Central differences for every element, in float64.
  private func check(_ tensors: [Tensor], _ loss: () throws -> Tensor) throws {
    for tensor in tensors { try tensor.requiresGrad_().setGrad(nil) }
    try loss().backward()
    let step = 1e-5
    for (number, tensor) in tensors.enumerated() {
      let gradient = try #require(tensor.grad, "tensor \(number) got no gradient").doubles()
      for element in 0..<tensor.count {
        func value(_ shift: Double) throws -> Double {
          try noGrad {
            let flat = try tensor.detach().view([-1]).narrow(dim: 0, start: element, length: 1)
            try flat.add_(shift)
            defer { #expect(throws: Never.self) { try flat.sub_(shift) } }
            return try loss().item()
          }
        }
        let difference = try (value(step) - value(-step)) / (2 * step)
        #expect(abs(difference - gradient[element]) < 1e-6, "tensor \(number)[\(element)]")
      }
    }
  }

  @Test("FM pooling, with and without numbers")
  func pooling() throws {
    let (fields, numbers) = (try random([3, 8], seed: 1), try random([3, 2], seed: 2))
    let vectors = try random([2, 4], seed: 3)
    let scale = try random([3, 1], seed: 4)
    let pooling = FMPooling(dimension: 4)
    try check([fields]) { try pooling(fields).mul(scale).sum() }
    try check([fields, vectors]) { try pooling(fields, numbers: (numbers, vectors)).mul(scale).sum() }
  }

  @Test("the blocks that are written by hand")
  func blocks() throws {
    let fields = try random([3, 12], seed: 1)
    func weigh(_ output: Tensor) throws -> Tensor {
      try output.mul(random(output.shape, seed: 9)).sum()
    }
    let generator = try Generator(seed: 7)
    let interaction = try CompressedInteraction(fields: 3, dimension: 4, maps: [3, 2], generator: generator)
    try interaction.to(dtype: .float64)
    try check([fields] + interaction.parameters()) { try weigh(interaction(fields)) }
    let first = try random([3, 4], seed: 5)
    let dots = DotInteraction(fields: 3, dimension: 4)
    try check([first, fields]) { try weigh(dots(first, fields)) }
    for rank in [nil, 2] {
      let cross = try CrossNetwork(12, layers: 2, rank: rank, generator: generator)
      try cross.to(dtype: .float64)
      try check([fields] + cross.parameters()) { try weigh(cross(fields)) }
    }
  }

  @Test("the fused interaction is the one of single operators")
  func fusedDots() throws {
    let (first, fields) = (try random([5, 4], seed: 1), try random([5, 12], seed: 2))
    let dots = DotInteraction(fields: 3, dimension: 4)
    let fused = try dots(first.to(dtype: .float32), fields.to(dtype: .float32))
    #expect(fused.shape == [5, dots.width])
    try expectClose(fused, dots(first, fields).to(dtype: .float32), "dots")
  }

  @Test("a compressed interaction cut into slices is the uncut one")
  func slices() throws {
    // 70,000 rows of 16 products each are more than one slice.
    let fields = try Tensor.randn([17_500, 16], generator: Generator(seed: 1))
    let interaction = try CompressedInteraction(fields: 4, dimension: 4, maps: [3], generator: Generator(seed: 2))
    let whole = try interaction(fields)
    #expect(whole.shape == [17_500, 3])
    let last = try interaction(fields.narrow(dim: 0, start: 17_490, length: 10))
    try expectClose(whole.narrow(dim: 0, start: 17_490, length: 10), last, "last rows")
  }
}
