/// A rectangle of a table and the rank that holds it.
public struct TableShard: Sendable, Equatable, Codable {
  public let rank: Int
  public let firstRow: Int
  public let rowCount: Int
  public let firstColumn: Int
  public let columnCount: Int

  public init(rank: Int, rows: Range<Int>, columns: Range<Int>) {
    self.rank = rank
    firstRow = rows.lowerBound
    rowCount = rows.count
    firstColumn = columns.lowerBound
    columnCount = columns.count
  }

  public var rows: Range<Int> { firstRow..<firstRow + rowCount }
  public var columns: Range<Int> { firstColumn..<firstColumn + columnCount }
}
