import Torch

extension KeyedJaggedTensor {
  /// Whether both hold the same keys, bags, weights and inverse indices, in the same order: TorchRec's `kjt_is_equal`.
  public func isEqual(to other: KeyedJaggedTensor) throws -> Bool {
    try keys == other.keys && stridePerKey == other.stridePerKey && stride == other.stride
      && JaggedParts.equal(values, other.values) && JaggedParts.equal(weights, other.weights)
      && JaggedParts.equal(lengths, other.lengths) && JaggedParts.equal(inverseIndices, other.inverseIndices)
  }
}
