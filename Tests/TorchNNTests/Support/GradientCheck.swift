import Testing
import Torch

/// Compares the gradients of `loss` with central differences, for every element of every tensor.
///
/// - Parameter tensors: float64 leaves that `loss` reads.
func expectGradientsMatchDifferences(
  _ tensors: [Tensor], step: Double = 1e-5, tolerance: Double = 1e-6, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation, loss: () throws -> Tensor
) throws {
  for tensor in tensors { try tensor.requiresGrad_().setGrad(nil) }
  try loss().backward()
  for (number, tensor) in tensors.enumerated() {
    let gradient = try #require(tensor.grad, "\(what): tensor \(number) got no gradient")
    let exact = try (gradient.isSparse ? gradient.toDense() : gradient).doubles()
    for i in 0..<tensor.count {
      func value(shiftedBy shift: Double) throws -> Double {
        try shiftElement(i, of: tensor, by: shift)
        defer { #expect(throws: Never.self) { try shiftElement(i, of: tensor, by: -shift) } }
        return try noGrad { try loss().item() }
      }
      let difference = try (value(shiftedBy: step) - value(shiftedBy: -step)) / (2 * step)
      #expect(
        abs(difference - exact[i]) <= tolerance * max(1, abs(difference)),
        "\(what): tensor \(number) element \(i): gradient \(exact[i]), difference \(difference)",
        sourceLocation: sourceLocation)
    }
  }
}

private func shiftElement(_ index: Int, of tensor: Tensor, by shift: Double) throws {
  try tensor.detach().withUnsafeMutableData { $0.assumingMemoryBound(to: Double.self)[index] += shift }
}

/// A float64 tensor of normal values.
func normal(_ shape: [Int], seed: UInt64) throws -> Tensor {
  try Tensor.randn(shape, dtype: .float64, generator: Generator(seed: seed))
}
