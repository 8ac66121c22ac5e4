import Torch

/// The dot products of all pairs of a row's vectors, added up: `1/2 (|sum_f v_f|^2 - sum_f |v_f|^2)`.
///
/// Inputs: the fields `[B, M * D]` and, for numbers that take part as `x_j u_j`, the numbers `[B, N]` with the vectors `u`
/// `[N, D]`; no gradient goes to the numbers. Outputs: `[B, 1]`, and for backward the sums `[B, D]`. The vectors of the numbers are never written out, and the
/// gradient is: `g (s - v_f)` with the sum `s` of all vectors.
///
/// Rendle 2010, "Factorization Machines", section III.
public struct FMPooling: CustomFunction {
  /// `D`.
  public let dimension: Int

  public init(dimension: Int) { self.dimension = dimension }

  /// - Parameter numbers: `[B, N]` with the vectors `[N, D]`.
  /// - Returns: `[B, 1]`; differentiable in the fields and in the vectors of the numbers.
  public func callAsFunction(_ fields: Tensor, numbers: (values: Tensor, vectors: Tensor)? = nil) throws -> Tensor {
    try apply([fields] + (numbers.map { [$0.values, $0.vectors] } ?? []))[0]
  }

  /// All fields of a row and its numbers.
  func callAsFunction(_ features: EmbeddedFeatures, _ numeric: NumericFields?) throws -> Tensor {
    try self(features.fields, numbers: numeric.map { (features.dense, $0.weight) })
  }

  public func forward(_ inputs: [Tensor]) throws -> [Tensor] {
    let fields = inputs[0]
    let rows = try rows(fields).sum(dim: [1])
    let sums = inputs.count > 1 ? try rows.addmm(mat1: inputs[1], inputs[2]) : rows
    // The norm is one pass where a square and a sum would be two, with a copy of the fields between them.
    var squares = try fields.linalgVectorNorm(ord: 2, dim: [1], keepdim: true).square()
    if inputs.count > 1 {
      squares = try squares.add(inputs[1].square().mm(inputs[2].square().sum(dim: [1], keepdim: true)))
    }
    return [try sums.square().sum(dim: [1], keepdim: true).sub(squares).mul(0.5), sums]
  }

  public func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
    guard let gradient = gradients[0] else { return inputs.map { _ in nil } }
    return try noGrad {
      let (fields, sums) = (inputs[0], outputs[1])
      var slopes: [Tensor?] = [
        try sums.unsqueeze(dim: 1).sub(rows(fields)).mul_(gradient.unsqueeze(dim: 2)).reshape(fields.shape)
      ]
      if inputs.count > 1 {
        let (numbers, vectors) = (inputs[1], inputs[2])
        let own = try numbers.square().t().mm(gradient).mul(vectors)
        slopes += [nil, try numbers.t().mm(sums.mul(gradient)).sub(own)]
      }
      return slopes
    }
  }

  /// `[B, M, D]`.
  private func rows(_ fields: Tensor) throws -> Tensor {
    try fields.reshape([-1, fields.shape[1] / dimension, dimension])
  }
}
