import Foundation

/// Reads rows from a text file: any block of a plain one, one block after the other of a gzip one.
///
/// Block `k` of a plain file has the lines that begin in its `blockBytes` bytes; no line is in two blocks or in none.
public final class TextRowReader: RowReader {
  public let path: String
  public let blockCount: Int?
  public let estimatedRows: Int

  private let parser: TextRowParser
  private let reading: RowReading
  private let source: TextBlocks

  /// - Throws: `DataError` for a file that is missing or empty, and for a header that lacks a column.
  public init(_ path: String, separator: String, hasHeader: Bool, isQuoted: Bool, reading: RowReading) throws {
    guard let byte = FeatureColumn.byte(ofSeparator: separator), byte != 0x0a, byte != 0x0d, byte != 0x22 else {
      throw DataError(
        .invalidArgument, file: path, "a separator is one ASCII character", received: separator,
        remedy: "use a tab, a comma or the like")
    }
    self.path = path
    self.reading = reading
    let first = try TextFile.firstLine(of: path)
    let names = try TableSchema.header(first, path: path, separator: separator, isQuoted: isQuoted)
    let layout = try TextLayout(
      reading.layout, header: hasHeader ? names : nil, fieldCount: names.count, separator: byte, isQuoted: isQuoted,
      readsLabels: reading.readsLabels, file: path)
    parser = TextRowParser(layout: layout, file: path, onError: reading.onError)
    source = try TextBlocks.open(path, blockBytes: reading.blockBytes, hasHeader: hasHeader)
    blockCount = source.blockCount
    estimatedRows = try TextRowReader.estimate(path)
  }

  public func block(_ number: Int) throws -> RowBlock? {
    guard let text = try source.block(number) else { return nil }
    do throws(TextRowParser.LineFault) {
      return try parser.parse(text.memory, start: text.start, count: text.count, keepsTokens: reading.keepsTokens)
    } catch {
      throw error.fault.error(
        file: path, line: try source.line(of: text) + error.line,
        column: error.field.map { parser.layout.fields[$0].name }, received: error.received)
    }
  }

  /// By the lines of the first 64 KB.
  private static func estimate(_ path: String) throws -> Int {
    let file = try TextFile.open(path)
    return try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 64) { buffer in
      let count = try file.read(into: buffer)
      let lines = BlockReader.countLines(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      return count == 0 ? 0 : max(1, Int(Double(file.estimatedCount) / Double(count) * Double(max(1, lines))))
    }
  }

  public func rowCount(ofBlock number: Int) throws -> Int? {
    guard reading.onError == .fail, let text = try source.block(number) else { return nil }
    var rows = 0
    // A line feed that ends an empty line ends no row.
    text.withBytes { bytes in
      var before: UInt8 = 0x0a
      var two: UInt8 = 0x0a
      for byte in bytes {
        if byte == 0x0a, before != 0x0a, !(before == 0x0d && two == 0x0a) { rows &+= 1 }
        two = before
        before = byte
      }
    }
    return rows
  }
}
