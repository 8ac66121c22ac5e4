import Features
import Models
import Testing
import Torch
import TorchNN

@Suite("Gradients")
struct GradientTests {
  @Test("the gradient of every parameter matches central differences in float64", arguments: ModelCase.trained)
  func differences(_ one: ModelCase) throws {
    let model = try one.make()
    model.eval()
    try model.to(dtype: .float64)
    let batch = try ModelCase.batch()
    let labels = try #require(batch.labels).to(dtype: .float64)
    func loss() throws -> Tensor { try Loss.bceWithLogits(model.logits(batch), labels) }
    try loss().backward()
    let step = 1e-6
    for (name, parameter) in model.namedParameters() {
      let gradient = try #require(parameter.grad, "\(name) got no gradient").doubles()
      // Up to nine elements of each tensor, spread over it.
      for element in stride(from: 0, to: parameter.count, by: max(1, parameter.count / 9)) {
        func value(_ shift: Double) throws -> Double {
          try noGrad {
            let flat = try parameter.detach().view([-1]).narrow(dim: 0, start: element, length: 1)
            try flat.add_(shift)
            defer { #expect(throws: Never.self) { try flat.sub_(shift) } }
            return try loss().item()
          }
        }
        let difference = try (value(step) - value(-step)) / (2 * step)
        #expect(
          abs(difference - gradient[element]) < 1e-7, "\(name)[\(element)]: \(gradient[element]) against \(difference)")
      }
    }
  }
}
