import Torch

/// What a factorisation machine knows of each entity: its vector, and all parts of a score that hang on it alone.
///
/// With the weights `x` of an entity's features: `vector = sum_f x_f v_f`, and
/// `own = sum_f x_f w_f + 1/2 (|vector|^2 - sum_f x_f^2 |v_f|^2)`.
///
/// Inputs: the rows `v` `[K, D]` and the first order `w` `[K, 1]`. Outputs: `vector` `[E, D]` and `own` `[E]`. The gradient
/// is written out: it is a product with the transposed matrix, which is known beforehand for the whole table, where
/// autograd would have to sort the features on every step.
struct FactorisedSums: CustomFunction {
  let matrix: FeatureMatrix
  /// The matrix `[K, E]`; asked for by the backward pass only.
  let transposed: @Sendable () throws -> FeatureMatrix

  func forward(_ inputs: [Tensor]) throws -> [Tensor] {
    let (rows, first) = (inputs[0], inputs[1])
    let vectors = try matrix.times(rows)
    let squareOfSum = try vectors.square().sum(dim: [1])
    let sumOfSquares = try matrix.times(rows.square().sum(dim: [1], keepdim: true), squared: true).squeeze(dim: 1)
    let pairs = try squareOfSum.sub(sumOfSquares).mul(0.5)
    return [vectors, try matrix.times(first).squeeze(dim: 1).add(pairs)]
  }

  func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
    try noGrad {
      let (rows, vectors) = (inputs[0], outputs[0])
      let transposed = try self.transposed()
      guard let own = try gradients[1]?.unsqueeze(dim: 1) else {
        return [try gradients[0].map { try transposed.times($0) }, nil]
      }
      // d own / d v_f = x_f vector - x_f^2 v_f
      let reached = try gradients[0].map { try $0.addcmul(tensor1: vectors, tensor2: own) } ?? vectors.mul(own)
      let factors = try transposed.times(reached)
      let squares = try transposed.times(own, squared: true)
      return [try factors.addcmul_(tensor1: rows, tensor2: squares, value: -1), try transposed.times(own)]
    }
  }
}
