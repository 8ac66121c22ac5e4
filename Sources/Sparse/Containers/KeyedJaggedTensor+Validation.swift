import Torch

extension KeyedJaggedTensor {
  /// Looks at every length, offset, weight and inverse index, and at every id of the features in `rows`.
  ///
  /// - Parameter rows: for each feature that will be looked up, the rows of its table: ids must lie in `0..<rows`.
  /// - Throws: `SparseError` with feature, position and value. Off the CPU this waits for the device.
  public func validate(rows: [String: Int]? = nil) throws {
    if let rows {
      for key in rows.keys.sorted() { _ = try layout.position(of: key) }
    }
    try bounds.checkAll()
    try checkInverseIndices()
    try checkWeights()
    for (position, key) in keys.enumerated() {
      guard let rows = rows?[key] else { continue }
      try Validation.checkIDs(part(values, of: position), rows: rows, feature: key)
    }
  }

  /// - Throws: `SparseError` with the first weight that is NaN or infinite.
  package func checkWeights() throws {
    guard let weights, try !weights.detach().isfinite().all().bools().allSatisfy({ $0 }) else { return }
    for key in keys.indices { try Validation.checkFinite(part(weights, of: key), feature: keys[key]) }
  }

  private func part(_ tensor: Tensor, of key: Int) throws -> Tensor {
    let range = try values(of: key)
    return try tensor.narrow(dim: 0, start: range.lowerBound, length: range.count)
  }
}
