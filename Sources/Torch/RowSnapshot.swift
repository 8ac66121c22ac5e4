import CSwiftRec

/// A table's rows, or a state of them, as they were at one moment: they are read on another thread while training changes the
/// table.
///
/// Copy on write, by rows: a backward pass that changes a row before it was read keeps the old one. It takes the memory of the rows
/// that changed before their turn, at most that of the whole tensor.
public final class RowSnapshot: @unchecked Sendable {
  public let dtype: DType
  public let shape: [Int]
  private let handle: OpaquePointer
  private let rowBytes: Int

  init(adopting handle: OpaquePointer, of tensor: Tensor) {
    self.handle = handle
    dtype = tensor.dtype
    shape = tensor.shape
    let rows = tensor.shape.first ?? 0
    rowBytes = rows > 0 ? tensor.count / rows * tensor.dtype.size : 0
  }

  deinit { sr_row_snapshot_free(handle) }

  /// The most bytes that it kept at once.
  public var peakBytes: Int { Int(sr_row_snapshot_peak_bytes(handle)) }

  /// Hands over all bytes in order, once.
  ///
  /// - Parameters:
  ///   - size: of a piece, about; one that stays in the processor's cache until it is hashed and copied on.
  ///   - room: memory that a piece of so many bytes may be put into; nil for memory of its own.
  /// - Throws: `TorchError` for a second time.
  public func forEachPiece(
    _ size: Int = 1 << 18, room: (Int) -> UnsafeMutableRawPointer? = { _ in nil },
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let rows = shape.first ?? 0
    guard rows > 0, rowBytes > 0 else { return }
    let block = max(1, Int(sr_row_snapshot_block_rows(handle)))
    let step = max(1, size / (block * rowBytes)) * block
    let own = UnsafeMutableRawPointer.allocate(byteCount: min(step, rows) * rowBytes, alignment: 64)
    defer { own.deallocate() }
    var first = 0
    while first < rows {
      let count = min(step, rows - first)
      let bytes = count * rowBytes
      let into = room(bytes) ?? own
      try check(sr_row_snapshot_read(handle, Int64(first), Int64(count), into), "row_snapshot.read")
      try body(UnsafeRawBufferPointer(start: into, count: bytes))
      first += count
    }
  }
}

extension RowTables {
  /// What belongs to a row.
  public enum Part: Int32, Sendable, CaseIterable {
    case weight, firstState, secondState
  }

  /// A part of a table as it is now. The CPU's kernels only.
  ///
  /// - Parameter tensor: that part, for its shape.
  public func snapshot(of part: Part, _ tensor: Tensor, table: Int) throws -> RowSnapshot {
    var out: OpaquePointer?
    try check(sr_row_tables_snapshot(handle, table, part.rawValue, &out), "row_tables.snapshot", [tensor])
    guard let out else { throw TorchError(.unknown, operation: "row_tables.snapshot", message: "returned nothing") }
    return RowSnapshot(adopting: out, of: tensor)
  }

  /// From now on backward sets `touched[row]` to 1 for each row that it changes.
  ///
  /// - Parameter touched: `[rows]` uint8 on the table's device; nil ends it.
  public func noteTouched(_ touched: Tensor?, table: Int) throws {
    try check(
      withExtendedLifetime(touched) { sr_row_tables_set_touched(handle, table, touched?.pointer) },
      "row_tables.note_touched", [touched])
  }
}
