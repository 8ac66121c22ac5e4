import Torch
import TorchNN

extension PairTower {
  /// The fused scorer over the tensors of these layers, which it shares: an optimiser's step shows at once.
  ///
  /// - Parameters:
  ///   - mlp: a perceptron of linear layers with biases, a ReLU after each.
  ///   - head: one output, with a bias.
  /// - Throws: `ModelError` when a layer lacks its bias.
  init(
    product: (users: Embedding, items: Embedding)?, deep: (users: Embedding, items: Embedding)?, mlp: MLP?,
    head: Linear
  ) throws {
    func pair(_ linear: Linear) throws -> (weight: Tensor, bias: Tensor) {
      guard let bias = linear.bias else {
        throw ModelError(
          code: .missingInput, message: "a fused pair scorer received a linear layer without a bias; make it with one")
      }
      return (linear.weight, bias)
    }
    self.init(
      product: product.map { ($0.users.weight, $0.items.weight) },
      deep: deep.map { ($0.users.weight, $0.items.weight) },
      layers: try (mlp?.layers ?? []).compactMap { $0 as? Linear }.map(pair), head: try pair(head),
      sparse: (product ?? deep)?.users.sparse ?? false)
  }
}
