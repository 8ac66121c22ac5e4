/// Some rows of a columnar file, column by column.
public struct ColumnBlock: Sendable, Equatable {
  /// Where the block's first row stands in the file, from 0.
  public var firstRow: Int
  /// Rows, the same in each column.
  public var count: Int
  /// In the order in which they were asked for.
  public var columns: [ColumnValues]

  public init(firstRow: Int = 0, count: Int, columns: [ColumnValues]) {
    self.firstRow = firstRow
    self.count = count
    self.columns = columns
  }
}
