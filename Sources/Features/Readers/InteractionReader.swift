/// Reads tables of interactions: text, plain or gzip, one interaction a line.
///
/// The lines that are only digits, points and separators, which is nearly all of public data, are scanned once from raw
/// bytes, with a flat table for the ids. Any other line goes the careful way, which gives the same rows or the error.
public enum InteractionReader {
  /// What one file gave.
  public struct Result: Sendable {
    public var users: Vocabulary
    public var items: Vocabulary
    public var interactions: Interactions
    /// SHA-256 of the content where it was asked for.
    public var checksum: String?
  }

  /// Reads a file; ids become rows in the order in which they first stand in it.
  ///
  /// - Parameters:
  ///   - path: the file, plain or gzip.
  ///   - users: where given, only these users are known; so with `items`.
  ///   - checksum: whether to take the SHA-256 of the content too.
  /// - Throws: `DataError` with file, line, value and remedy for a missing, truncated or empty file, a wrong number of
  ///   fields, a value that is no number or not finite, an empty id, and an id that a given vocabulary lacks.
  public static func read(
    _ path: String, layout: DelimitedLayout, users: Vocabulary? = nil, items: Vocabulary? = nil, checksum: Bool = false
  ) throws -> Result {
    try layout.check()
    let source = try TextFile.open(path)
    let hashing = checksum ? HashingSource(source) : nil
    var blocks = BlockReader(hashing ?? source)
    var parser = InteractionParser(path: path, layout: layout, users: users, items: items)
    while let block = try blocks.next() {
      try parser.parse(block, linesBefore: blocks.linesBefore, estimatedBytes: source.estimatedCount)
    }
    guard !parser.rows.isEmpty else {
      throw DataError(
        .empty, file: path, "has no interactions", remedy: "give a file with at least one line of data")
    }
    var result = parser.finish()
    result.checksum = hashing?.digest
    return result
  }
}
