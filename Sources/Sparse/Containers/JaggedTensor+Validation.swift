import Torch

extension JaggedTensor {
  /// Looks at every length, offset and weight, and at every id where the number of rows is given.
  ///
  /// - Parameter rows: ids must lie in `0..<rows`.
  /// - Throws: `SparseError` with position and value. Off the CPU this waits for the device.
  public func validate(rows: Int? = nil) throws {
    try bounds.checkAll()
    if let weights { try Validation.checkFinite(weights, feature: feature) }
    if let rows { try Validation.checkIDs(values, rows: rows, feature: feature) }
  }
}
