import Torch

/// The features of `B` rows as a ranker computes with them.
public struct EmbeddedFeatures {
  /// `[B, M * D]`: the vectors of `M` fields side by side, the categorical features and then the frozen vectors.
  public var fields: Tensor
  /// `[B, F]`: the first-order weight of each categorical feature.
  public var firstOrder: Tensor?
  /// `[B, N]`.
  public var dense: Tensor
  /// `[B, W]` each: the frozen vectors as they came.
  public var vectors: [Tensor]

  /// `[B, M * D + N]`: the fields and the numbers side by side, what a deep part reads.
  ///
  /// A number takes no vector `x_j v_j` here: a layer over it is a layer over the number itself.
  public func joined() throws -> Tensor {
    dense.shape[1] == 0 ? fields : fields.shape[1] == 0 ? dense : try Tensor.cat([fields, dense], dim: 1)
  }

  /// `[B, (M + N) * D]`: the numbers too as fields.
  public func fields(with numeric: NumericFields?) throws -> Tensor {
    try numeric.map { try Tensor.cat([fields, $0(dense)], dim: 1) } ?? fields
  }
}
