import Torch

extension Loss {
  /// Bayesian personalised ranking: `-log sigmoid(positive - negative)`.
  ///
  /// - Parameters:
  ///   - positive: scores of the items that were chosen, `[B]`.
  ///   - negative: scores of items that were not, `[B]` or `[B, N]`.
  /// - Returns: a scalar, or the shape of `negative` for `.none`.
  /// - Throws: `ModuleError` when the shapes do not fit.
  ///
  /// Rendle et al. 2009, "BPR: Bayesian Personalized Ranking from Implicit Feedback", arXiv:1205.2618.
  public static func bpr(positive: Tensor, negative: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    let difference = try alignedPositive("bpr", positive, negative) - negative
    return try reduced(difference.logSigmoid().neg(), reduction)
  }

  /// `positive` `[B]` as `[B, 1]` where `negative` is `[B, N]`.
  static func alignedPositive(_ name: String, _ positive: Tensor, _ negative: Tensor) throws -> Tensor {
    let (have, other) = (positive.shape, negative.shape)
    if have == other { return positive }
    if other.count == have.count + 1, Array(other.dropLast()) == have { return try positive.unsqueeze(dim: -1) }
    throw ModuleError(
      .invalidShape,
      "\(name): positive \(have) and negative \(other) do not fit; needs [B] with [B] or [B, N]")
  }

  static func reduced(_ values: Tensor, _ reduction: Reduction) throws -> Tensor {
    switch reduction {
    case .none: values
    case .mean: try values.mean()
    case .sum: try values.sum()
    }
  }
}
