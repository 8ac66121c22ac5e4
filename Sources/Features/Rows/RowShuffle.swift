/// How rows are mixed: blocks are taken in a drawn order, and the rows of as many blocks as `rows` fill are drawn from
/// together. What is drawn depends on the seed and the epoch.
public struct RowShuffle: Sendable, Equatable, Codable {
  /// Rows to draw from at a time.
  public var rows: Int

  public init(rows: Int = 131_072) { self.rows = rows }
}
