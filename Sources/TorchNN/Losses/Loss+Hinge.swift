import Torch

extension Loss {
  /// Pairwise hinge: `max(0, margin - positive + negative)`; PyTorch's `MarginRankingLoss` with target 1.
  ///
  /// - Parameters:
  ///   - positive: scores of the items that were chosen, `[B]`.
  ///   - negative: scores of items that were not, `[B]` or `[B, N]`.
  ///   - margin: the distance after which a pair costs nothing.
  /// - Returns: a scalar, or the shape of `negative` for `.none`.
  /// - Throws: `ModuleError` when the shapes do not fit.
  public static func hinge(
    positive: Tensor, negative: Tensor, margin: Double = 1, reduction: Reduction = .mean
  ) throws -> Tensor {
    let difference = try alignedPositive("hinge", positive, negative) - negative
    return try reduced((margin - difference).clampMin(min: 0), reduction)
  }
}
