import Torch

extension RankerMetrics {
  /// Adds a batch of `B` rows and `T` goals from tensors of any floating type on any device.
  ///
  /// - Parameters:
  ///   - probabilities: `[B, T]`, or `[B]` of one goal.
  ///   - labels: as many; NaN where a goal has no answer.
  ///   - weights: `[B]`.
  ///   - groups: `[B]` whole numbers.
  /// - Throws: `TorchError`, `MetricError` with goal and row; then nothing was added.
  public mutating func update(
    probabilities: Tensor, labels: Tensor, weights: Tensor? = nil, groups: Tensor? = nil
  ) throws {
    try update(
      probabilities: probabilities.floats(), labels: labels.floats(), weights: weights?.floats(),
      groups: groups?.int64s())
  }

  /// Adds a batch of which the model has given logits.
  ///
  /// - Parameter logits: `[B, T]`, or `[B]` of one goal.
  /// - Throws: `TorchError`, `MetricError` with goal and row; then nothing was added.
  public mutating func update(
    logits: Tensor, labels: Tensor, weights: Tensor? = nil, groups: Tensor? = nil
  ) throws {
    let probabilities = try noGrad { try logits.detach().to(dtype: .float32).sigmoid() }
    try update(probabilities: probabilities, labels: labels, weights: weights, groups: groups)
  }
}
