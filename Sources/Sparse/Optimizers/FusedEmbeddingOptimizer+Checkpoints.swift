import Torch

extension FusedEmbeddingOptimizer {
  /// Notes from now on which rows backward changes, a byte a row; what was noted before is forgotten.
  public func noteTouchedRows() throws { try tables.noteTouched() }

  /// The rows of a table that changed since ``noteTouchedRows()``, with all that is kept of them.
  ///
  /// - Parameter tensor: a table's weight or one of its states.
  /// - Returns: `[U]` int64, rising, in main memory; nil for a tensor of no table, and where nobody notes.
  public func touchedRows(of tensor: Tensor) throws -> Tensor? {
    guard let table = tables.place(of: tensor)?.table, table < tables.touched.count else { return nil }
    return try tables.touched[table].nonzero().view([-1]).cpu()
  }

  /// Whether ``snapshot(of:)`` gives one.
  public func canSnapshot(_ tensor: Tensor) -> Bool { tables.canSnapshot && tables.place(of: tensor) != nil }

  /// A weight or a state as it is now, to be read while training goes on.
  ///
  /// - Returns: nil for a tensor of no table, and for tables that no kernel of the CPU serves.
  public func snapshot(of tensor: Tensor) throws -> RowSnapshot? {
    guard tables.canSnapshot, let (table, part) = tables.place(of: tensor) else { return nil }
    return try tables.rowTables().snapshot(of: part, tensor, table: table)
  }
}
