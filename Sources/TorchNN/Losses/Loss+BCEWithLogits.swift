import Torch

extension Loss {
  /// Binary cross entropy on logits, stable for large values; PyTorch's `BCEWithLogitsLoss`.
  ///
  /// - Parameters:
  ///   - logits: any shape.
  ///   - targets: the same shape, in `0...1`.
  ///   - weight: a weight an element, broadcast to the shape of `logits`.
  ///   - positiveWeight: the weight of a positive target, broadcast likewise.
  /// - Throws: `ModuleError` when the shapes differ.
  public static func bceWithLogits(
    _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, positiveWeight: Tensor? = nil,
    reduction: Reduction = .mean
  ) throws -> Tensor {
    try requireSameShape("bceWithLogits", logits, targets)
    return try logits.binaryCrossEntropyWithLogits(
      target: targets, weight: weight, posWeight: positiveWeight, reduction: reduction)
  }

  /// Broadcasting a `[B, 1]` against a `[B]` would silently make a `[B, B]` loss.
  static func requireSameShape(_ name: String, _ prediction: Tensor, _ target: Tensor) throws {
    guard prediction.shape == target.shape else {
      throw ModuleError(
        .invalidShape,
        "\(name): prediction \(prediction.shape) and target \(target.shape) differ in shape; reshape one of them")
    }
  }
}
