import Torch

extension Loss {
  /// The squared error; PyTorch's `MSELoss`.
  ///
  /// - Throws: `ModuleError` when the shapes differ.
  public static func mse(_ prediction: Tensor, _ target: Tensor, reduction: Reduction = .mean) throws -> Tensor {
    try requireSameShape("mse", prediction, target)
    return try prediction.mseLoss(target: target, reduction: reduction)
  }
}
