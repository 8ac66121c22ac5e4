/// Cuts a line into its fields.
package struct FieldSplitter {
  let separator: [UInt8]
  let isQuoted: Bool

  package init(separator: String, isQuoted: Bool) {
    self.separator = Array(separator.utf8)
    self.isQuoted = isQuoted
  }

  package enum Fault: Error { case openQuote, textAfterQuote }

  /// The fields of one line without its line end.
  ///
  /// - Throws: a fault of the quotes.
  package func fields(_ line: UnsafeRawBufferPointer) throws(Fault) -> [[UInt8]] {
    var fields: [[UInt8]] = []
    var place = 0
    while true {
      if isQuoted, place < line.count, line[place] == 0x22 {
        fields.append(try quoted(line, &place))
      } else {
        let start = place
        while place < line.count, !isSeparator(line, place) { place += 1 }
        fields.append(Array(line[start..<place]))
      }
      guard place < line.count else { return fields }
      place += separator.count
    }
  }

  private func quoted(_ line: UnsafeRawBufferPointer, _ place: inout Int) throws(Fault) -> [UInt8] {
    var field: [UInt8] = []
    place += 1
    while place < line.count {
      if line[place] != 0x22 {
        field.append(line[place])
        place += 1
      } else if place + 1 < line.count, line[place + 1] == 0x22 {
        field.append(0x22)
        place += 2
      } else {
        place += 1
        guard place == line.count || isSeparator(line, place) else { throw .textAfterQuote }
        return field
      }
    }
    throw .openQuote
  }

  @inline(__always)
  private func isSeparator(_ line: UnsafeRawBufferPointer, _ place: Int) -> Bool {
    guard line[place] == separator[0] else { return false }
    return separator.count == 1 || (place + 1 < line.count && line[place + 1] == separator[1])
  }

  /// The fault of one line as an error.
  package static func error(_ fault: Fault, file: String, line: Int, text: String) -> DataError {
    switch fault {
    case .openQuote:
      DataError(
        .malformedLine, file: file, line: line, "a double quote is not closed on its line", received: text,
        remedy: "close the quote; a field can't span lines")
    case .textAfterQuote:
      DataError(
        .malformedLine, file: file, line: line, "text follows a closing double quote", received: text,
        remedy: "write a quote inside a quoted field as \"\"")
    }
  }
}
