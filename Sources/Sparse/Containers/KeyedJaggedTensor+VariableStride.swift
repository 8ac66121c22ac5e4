import Torch

extension KeyedJaggedTensor {
  /// The batch as it was before samples were deduplicated: every key with `B` bags, those of `inverseIndices`.
  ///
  /// ```swift
  /// // "item" with bags [[7], [8, 9]] and inverse indices [0, 1, 0]: [[7], [8, 9], [7]]
  /// ```
  /// - Returns: itself where all keys have `B` bags and no inverse indices; a copy otherwise, through which gradients
  ///   flow.
  /// - Throws: `SparseError` for inverse indices outside the bags of their key, or for keys of fewer bags without any.
  public func expanded() throws -> KeyedJaggedTensor {
    guard hasVariableStride else { return self }
    guard let inverseIndices else {
      for (key, bags) in zip(keys, stridePerKey) where bags != stride {
        throw SparseError.shape(
          "\(bags)",
          "it has \(bags) bags for \(stride) samples, and no inverse indices say which sample reads which; give "
            + "inverseIndices [F, B]",
          feature: key)
      }
      let flat = try KeyLayout(
        keys: keys, stridePerKey: stridePerKey, stride: stride, hasVariableStride: false)
      return KeyedJaggedTensor(
        values: values, weights: weights, inverseIndices: nil,
        bounds: BagBounds(
          bounds.given, other: bounds.knownOther, layout: flat, total: bounds.total,
          lengthPerKey: bounds.knownLengthPerKey))
    }
    try checkInverseIndices()
    let device = values.device
    let first = try Tensor(Array(layout.firstBag.dropLast()), device: device).unsqueeze(dim: 1)
    let bags = try inverseIndices.add(first).reshape([-1])
    let offsets = try checkedOffsets
    let lengths = try lengths.indexSelect(dim: 0, index: bags)
    let ends = try lengths.cumsum(dim: 0)
    let count = bags.count == 0 ? 0 : try ends.narrow(dim: 0, start: bags.count - 1, length: 1).itemInt()
    // Value j of a bag stands at its bag's old start + j; counted through the new batch, at new position - new start +
    // old.
    let shift = try offsets.indexSelect(dim: 0, index: bags).sub(ends.sub(lengths))
    let index = try Tensor.arange(count, device: device).add(shift.repeatInterleave(lengths, outputSize: count))
    return try KeyedJaggedTensor(
      keys: keys, values: values.indexSelect(dim: 0, index: index), lengths: lengths,
      weights: weights.map { try $0.indexSelect(dim: 0, index: index) }, stride: stride)
  }

  /// - Throws: `SparseError` with feature and sample for an index outside the bags of its key.
  func checkInverseIndices() throws {
    guard let inverseIndices else { return }
    let samples = inverseIndices.shape[1]
    for (position, index) in try inverseIndices.ints().enumerated() {
      let (key, sample) = (position / samples, position % samples)
      guard index < 0 || index >= stridePerKey[key] else { continue }
      throw SparseError(
        .idOutOfRange, feature: keys[key], position: sample, value: "\(index)",
        SparseError.place(keys[key])
          + "inverse index \(index) of sample \(sample) is outside 0..<\(stridePerKey[key]), its "
          + "bags; number the bags of each key from 0")
    }
  }
}
