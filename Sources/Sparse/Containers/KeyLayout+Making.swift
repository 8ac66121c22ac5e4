extension KeyLayout {
  /// Shares `bags` out to keys.
  ///
  /// - Parameter samples: `B` where inverse indices say it.
  /// - Throws: `SparseError` where the number of bags fits neither `stride` nor `stridePerKey`.
  convenience init(keys: [String], bags: Int, stride: Int?, stridePerKey: [Int]?, samples: Int?) throws {
    if let stride, stride < 0 {
      throw SparseError.shape("\(stride)", "stride \(stride) is negative; it is the number of samples")
    }
    guard let stridePerKey else {
      let stride = try KeyLayout.stride(keys: keys, bags: bags, stride)
      try self.init(
        keys: keys, stridePerKey: Array(repeating: stride, count: keys.count), stride: samples ?? stride,
        hasVariableStride: samples != nil)
      return
    }
    guard stridePerKey.count == keys.count else {
      throw SparseError.shape(
        "\(stridePerKey.count)", "\(stridePerKey.count) strides for \(keys.count) keys; give one number of bags per key"
      )
    }
    var left = bags
    for (key, stride) in zip(keys, stridePerKey) {
      guard stride >= 0, stride <= left else {
        throw SparseError.shape(
          "\(stride)",
          stride < 0
            ? "stride \(stride) is negative; it is the key's number of bags"
            : "stride \(stride) asks for more than the \(left) lengths that are left of \(bags); give a length per bag",
          feature: key)
      }
      left -= stride
    }
    guard left == 0 else {
      throw SparseError.shape(
        "\(bags)", "\(bags) lengths for strides that add up to \(bags - left); give one length per bag of every key")
    }
    if let stride, let samples, stride != samples {
      throw SparseError.shape(
        "\(stride)",
        "stride \(stride) for inverse indices of \(samples) samples; leave stride out, or give the same number")
    }
    try self.init(
      keys: keys, stridePerKey: stridePerKey, stride: samples ?? stride ?? stridePerKey.max() ?? 0,
      hasVariableStride: true)
  }

  private static func stride(keys: [String], bags: Int, _ stride: Int?) throws -> Int {
    guard !keys.isEmpty else {
      guard bags == 0 else {
        throw SparseError.shape("\(bags)", "\(bags) lengths for no keys; give a key per feature")
      }
      return stride ?? 0
    }
    guard bags % keys.count == 0, stride.map({ $0 == bags / keys.count }) ?? true else {
      let samples = stride.map { " of \($0) samples" } ?? ""
      throw SparseError.shape(
        "\(bags)",
        "\(bags) lengths for \(keys.count) keys\(samples); give keys x samples lengths (one more for offsets), or "
          + "stridePerKey where keys have numbers of bags of their own")
    }
    return bags / keys.count
  }

  /// The keys `range`, with their bags.
  func slice(_ range: Range<Int>) throws -> KeyLayout {
    try KeyLayout(
      keys: Array(keys[range]), stridePerKey: Array(stridePerKey[range]), stride: stride,
      hasVariableStride: hasVariableStride)
  }
}
