import Torch

extension JaggedTensor {
  /// One bag per tensor: TorchRec's `from_dense`.
  ///
  /// ```swift
  /// try JaggedTensor(dense: [Tensor([1, 2] as [Float]), Tensor([] as [Float]), Tensor([3] as [Float])])
  /// // values [1, 2, 3], lengths [2, 0, 1]
  /// ```
  /// - Parameters:
  ///   - dense: `B` tensors `[n_b, ...]` of one type.
  ///   - weights: `B` tensors `[n_b]`.
  /// - Throws: `SparseError` for no tensors, or for tensors that don't fit each other.
  public init(dense: [Tensor], weights: [Tensor]? = nil) throws {
    guard let first = dense.first else {
      throw SparseError(
        .malformed, value: "[]", "no tensors are given, so no type is known; give values and lengths instead")
    }
    if let weights, weights.count != dense.count {
      throw SparseError.shape(
        "\(weights.count)", "\(weights.count) tensors of weights for \(dense.count) bags; give one per bag")
    }
    for (sample, bag) in dense.enumerated() {
      guard bag.rank >= 1, bag.shape.dropFirst() == first.shape.dropFirst() else {
        throw SparseError(
          .shape, position: sample, value: "\(bag.shape)",
          "the bag of sample \(sample) has shape \(bag.shape), the first \(first.shape); give [n, ...], alike behind n")
      }
      guard bag.dtype == first.dtype, bag.device == first.device else {
        throw SparseError(
          .dtype, position: sample, value: bag.summary,
          "the bag of sample \(sample) is \(bag.summary), the first \(first.summary); give one type on one device")
      }
      if let weights, weights[sample].shape != [bag.shape[0]] {
        throw SparseError(
          .shape, position: sample, value: "\(weights[sample].shape)",
          "the weights of sample \(sample) have shape \(weights[sample].shape) for \(bag.shape[0]) values; give one "
            + "each"
        )
      }
    }
    try self.init(
      values: Tensor.cat(dense), lengths: Tensor(dense.map { $0.shape[0] }, device: first.device),
      weights: weights.map { try Tensor.cat($0) })
  }

  /// The first `lengths[b]` values of each row: TorchRec's `from_dense_lengths`.
  ///
  /// - Parameters:
  ///   - dense: `[B, L, ...]`.
  ///   - lengths: `[B]` int64 or int32, each in `0...L`.
  ///   - weights: `[B, L]`.
  /// - Throws: `SparseError` with the sample whose length doesn't fit, and for shapes that don't.
  public init(dense: Tensor, lengths: Tensor, weights: Tensor? = nil) throws {
    let lengths = try BagBounds.integers(lengths, "lengths")
    let shape = dense.shape
    guard shape.count >= 2, lengths.count == shape[0] else {
      throw SparseError.shape(
        "\(shape)", "values have shape \(shape) for \(lengths.count) lengths; give [B, L] and one length per row")
    }
    if let weights, weights.shape != Array(shape[0..<2]) {
      throw SparseError.shape(
        "\(weights.shape)", "weights have shape \(weights.shape); give one per place, \(Array(shape[0..<2]))")
    }
    let sizes = try lengths.ints()
    if let sample = sizes.firstIndex(where: { $0 < 0 || $0 > shape[1] }) {
      throw SparseError(
        .malformed, position: sample, value: "\(sizes[sample])",
        "length \(sizes[sample]) of sample \(sample) is outside 0...\(shape[1]); cut it to the width of the values")
    }
    let places = try Tensor.arange(shape[1], device: dense.device).unsqueeze(dim: 0)
      .lt(lengths.to(device: dense.device).unsqueeze(dim: 1))
    try self.init(
      values: dense.index([places]), lengths: lengths, weights: weights.map { try $0.maskedSelect(mask: places) })
  }

  /// Bags as Swift values.
  public init<Element: TensorElement>(_ bags: [[Element]], device: Device = .cpu) throws {
    try self.init(
      values: Tensor(bags.flatMap { $0 }, device: device), lengths: Tensor(bags.map(\.count), device: device))
  }
}
