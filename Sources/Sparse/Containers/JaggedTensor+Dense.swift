import Torch

extension JaggedTensor {
  /// One tensor `[n_b, ...]` per bag, views of `values`.
  public func toDense() throws -> [Tensor] {
    try values.splitWithSizes(splitSizes: checkedLengths().ints())
  }

  /// One tensor `[n_b]` per bag, views of `weights`; nil without weights.
  public func toDenseWeights() throws -> [Tensor]? {
    try weights?.splitWithSizes(splitSizes: checkedLengths().ints())
  }

  /// The bags as rows of one tensor: longer ones are cut behind `length`, shorter ones filled up.
  ///
  /// ```swift
  /// // [[1, 2], [], [3]] with length 3 and padding -1: [[1, 2, -1], [-1, -1, -1], [3, -1, -1]]
  /// ```
  /// - Parameters:
  ///   - length: `L`; the longest bag's when nil.
  ///   - padding: what stands in the free places.
  /// - Returns: `[B, L, ...]`; gradients flow back to `values`.
  /// - Throws: `SparseError` for a negative length, a padding that the type can't hold, bounds that don't fit the
  ///   values.
  public func toPaddedDense(length: Int? = nil, padding: Double = 0) throws -> Tensor {
    try padded(values, length: length, padding: padding)
  }

  /// The weights, as `toPaddedDense`: `[B, L]`; nil without weights.
  public func toPaddedDenseWeights(length: Int? = nil, padding: Double = 0) throws -> Tensor? {
    try weights.map { try padded($0, length: length, padding: padding) }
  }

  private func padded(_ values: Tensor, length: Int?, padding: Double) throws -> Tensor {
    let filling: any ScalarValue
    if values.dtype.isFloatingPoint {
      filling = padding
    } else {
      guard let exact = Int(exactly: padding) else {
        throw SparseError(
          .dtype, feature: feature, value: "\(padding)",
          SparseError.place(feature) + "padding \(padding) fits no \(values.dtype); give a whole number")
      }
      filling = exact
    }
    if let length, length < 0 {
      throw SparseError.shape(
        "\(length)", "length \(length) is negative; give 0 or more, or nil for the longest", feature: feature)
    }
    let lengths = try checkedLengths()
    let width = try length ?? (batchSize == 0 ? 0 : lengths.max().itemInt())
    let shape = [batchSize, width] + values.shape.dropFirst()
    guard values.count > 0, batchSize > 0, width > 0 else {
      return try Tensor.full(shape, filling, dtype: values.dtype, device: values.device)
    }
    let places = try Tensor.arange(width, device: values.device).unsqueeze(dim: 0)
    let free = try places.ge(lengths.unsqueeze(dim: 1))
    let starts = try bounds.offsets().narrow(dim: 0, start: 0, length: batchSize).unsqueeze(dim: 1)
    // A free place reads row 0 and is written over: index_select has no way to leave one out.
    let index = try starts.add(places).maskedFill(mask: free, value: 0).reshape([-1])
    let mask = try free.reshape([batchSize, width] + values.shape.dropFirst().map { _ in 1 })
    return try values.indexSelect(dim: 0, index: index).reshape(shape).maskedFill(mask: mask, value: filling)
  }

  /// Lengths that are known to share out the values exactly; elsewhere than on the CPU as they were given.
  private func checkedLengths() throws -> Tensor {
    _ = try bounds.checkedOffsets()
    return try lengths
  }
}
