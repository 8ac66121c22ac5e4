import Torch

/// The checks that look at every value.
enum Validation {
  /// - Throws: `SparseError` with the first weight that is NaN or infinite.
  static func checkFinite(_ weights: Tensor, feature: String?) throws {
    guard weights.count > 0, try !weights.detach().isfinite().all().bools().allSatisfy({ $0 }) else { return }
    let values = try weights.doubles()
    guard let position = values.firstIndex(where: { !$0.isFinite }) else { return }
    let weight = JaggedText.number(values[position])
    throw SparseError(
      .malformed, feature: feature, position: position, value: weight,
      SparseError.place(feature)
        + "weight \(weight) at position \(position) is not finite; give a number, or leave the "
        + "value out of its bag")
  }

  /// - Throws: `SparseError` with the first id outside `0..<rows`.
  static func checkIDs(_ ids: Tensor, rows: Int, feature: String?) throws {
    guard ids.dtype == .int64 || ids.dtype == .int32 else {
      throw SparseError(
        .dtype, feature: feature, value: "\(ids.dtype)",
        SparseError.place(feature) + "values are \(ids.dtype), ids are int64 or int32; `.to(dtype: .int64)` converts")
    }
    guard ids.rank == 1 else {
      throw SparseError.shape(
        "\(ids.shape)", "values have shape \(ids.shape); ids have one dimension, `.reshape([-1])`", feature: feature)
    }
    let host = try ids.cpu().contiguous()
    let found: (position: Int, id: Int64)? = try host.withUnsafeData { raw in
      ids.dtype == .int64
        ? first(in: raw.assumingMemoryBound(to: Int64.self), count: host.count, outside: rows)
        : first(in: raw.assumingMemoryBound(to: Int32.self), count: host.count, outside: rows)
    }
    guard let (position, id) = found else { return }
    throw SparseError(
      .idOutOfRange, feature: feature, position: position, value: "\(id)",
      SparseError.place(feature)
        + "id \(id) at position \(position) is outside 0..<\(rows); widen the table or map unknown "
        + "ids to a row of their own")
  }

  /// Generic over both widths of ids; specialised, since it is called here only.
  private static func first<ID: FixedWidthInteger>(
    in ids: UnsafePointer<ID>, count: Int, outside rows: Int
  ) -> (position: Int, id: Int64)? {
    let rows = UInt64(max(0, rows))
    // A negative id is a huge unsigned one.
    for position in 0..<count where UInt64(bitPattern: Int64(ids[position])) >= rows {
      return (position, Int64(ids[position]))
    }
    return nil
  }
}
