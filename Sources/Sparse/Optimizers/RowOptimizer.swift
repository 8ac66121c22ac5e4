import Torch
import TorchNN

/// The plain path: applies an `EmbeddingOptimizer` rule to sparse gradients after backward, by LibTorch's own operators.
///
/// It is there to check the fused path, which must give the same weights to 1e-6, and for tables that are parameters.
public final class RowOptimizer {
  private let rule: EmbeddingOptimizer
  private let parameters: [NamedTensor]
  private var states: [[Tensor]]
  private var steps: [Int]

  /// - Parameter parameters: tables `[N, D]` whose gradients are sparse.
  public init(_ parameters: [NamedTensor], rule: EmbeddingOptimizer) throws {
    self.rule = rule
    self.parameters = parameters
    states = try parameters.map { _, weight in
      try rule.states.map { try Tensor.zeros($0.isRowWise ? [weight.shape[0]] : weight.shape, device: weight.device) }
    }
    steps = parameters.map { _ in 0 }
  }

  /// Updates the rows that the gradients name, and drops the gradients.
  public func step() throws {
    for (index, (name, weight)) in parameters.enumerated() {
      guard let gradient = weight.grad else { continue }
      guard gradient.isSparse else {
        throw ModuleError(.invalidArgument, "\"\(name)\" has a dense gradient; RowOptimizer takes sparse ones")
      }
      let summed = try gradient.coalesce()
      steps[index] += 1
      try rule.update(
        weight, states[index], step: steps[index], rows: summed._indices().select(dim: 0, index: 0),
        gradients: summed._values())
      try weight.setGrad(nil)
    }
  }
}
