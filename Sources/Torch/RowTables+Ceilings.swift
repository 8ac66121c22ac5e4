import CSwiftRec

extension RowTables {
  /// Seconds that memory alone takes to give rows: every cache line of each is read once, and written back where `rewrite`, on
  /// all threads. It is what a lookup of the same ids is held against; nothing changes.
  ///
  /// - Parameters:
  ///   - tables: `T` tensors `[rows, ...]` on the CPU.
  ///   - ids: `[T, n]` or `[T * n]` int64.
  /// - Throws: `TorchError` for an id outside its table.
  public static func secondsTouching(_ tables: [Tensor], ids: Tensor, rewrite: Bool) throws -> Double {
    var seconds = 0.0
    let status = withExtendedLifetime(tables) {
      sr_touch_rows(tables.map { $0.pointer }, tables.count, ids.pointer, rewrite, &seconds)
    }
    try check(status, "touch_rows", [ids])
    return seconds
  }

  /// Bytes a second of long reads and writes with the threads in use.
  public static func streamRates() throws -> (read: Double, write: Double) {
    var (read, write) = (0.0, 0.0)
    try check(sr_stream_rates(&read, &write), "stream_rates", [])
    return (read, write)
  }
}
