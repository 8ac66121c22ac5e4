import Torch

extension JaggedTensor {
  /// Whether both hold the same bags and weights: TorchRec's `jt_is_equal`.
  public func isEqual(to other: JaggedTensor) throws -> Bool {
    try batchSize == other.batchSize && JaggedParts.equal(values, other.values)
      && JaggedParts.equal(weights, other.weights) && JaggedParts.equal(lengths, other.lengths)
  }
}
