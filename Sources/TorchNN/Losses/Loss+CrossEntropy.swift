import Torch

extension Loss {
  /// Softmax cross entropy; PyTorch's `CrossEntropyLoss`.
  ///
  /// - Parameters:
  ///   - logits: `[B, C]`, or `[C]` for one example, or `[B, C, ...]`.
  ///   - targets: the classes, int64 `[B]` (`[]`, `[B, ...]`), or probabilities in the shape of `logits`.
  ///   - weight: a weight a class, `[C]`.
  ///   - ignoring: the class that does not count, such as padding.
  ///   - labelSmoothing: the share of each target spread over all classes, in `0...1`.
  public static func crossEntropy(
    _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, ignoring: Int = -100, labelSmoothing: Double = 0,
    reduction: Reduction = .mean
  ) throws -> Tensor {
    try logits.crossEntropyLoss(
      target: targets, weight: weight, reduction: reduction, ignoreIndex: ignoring, labelSmoothing: labelSmoothing)
  }
}
