/// Reads any table of text line by line; for side features, which are small.
package struct TableReader {
  package let path: String
  package let separator: String
  package var isQuoted = false
  /// Whether the content's SHA-256 is taken.
  package var checksum = false

  package init(path: String, separator: String, isQuoted: Bool = false, checksum: Bool = false) {
    self.path = path
    self.separator = separator
    self.isQuoted = isQuoted
    self.checksum = checksum
  }

  /// Calls `body` with the decoded fields and the line's number for each line that isn't empty.
  ///
  /// - Returns: the SHA-256 of the content where it was asked for.
  @discardableResult
  func forEachLine(_ body: (_ fields: [String], _ line: Int) throws -> Void) throws -> String? {
    let splitter = FieldSplitter(separator: separator, isQuoted: isQuoted)
    return try forEachRawLine { line, number in
      let fields: [[UInt8]]
      do throws(FieldSplitter.Fault) {
        fields = try splitter.fields(line)
      } catch {
        throw FieldSplitter.error(error, file: path, line: number, text: TextFile.decode(line))
      }
      try body(fields.map { TextFile.decode($0) }, number)
    }
  }

  /// Calls `body` with the bytes, without the line's end, and the number of each line that isn't empty.
  @discardableResult
  package func forEachRawLine(_ body: (_ bytes: UnsafeRawBufferPointer, _ line: Int) throws -> Void) throws -> String? {
    let source = try TextFile.open(path)
    let hashing = checksum ? HashingSource(source) : nil
    var blocks = BlockReader(hashing ?? source)
    while let block = try blocks.next() {
      var place = 0
      var number = blocks.linesBefore
      while place < block.count {
        var end = place
        while block[end] != 0x0a { end += 1 }
        let next = end + 1
        number += 1
        if end > place, block[end - 1] == 0x0d { end -= 1 }
        if end > place { try body(UnsafeRawBufferPointer(rebasing: block[place..<end]), number) }
        place = next
      }
    }
    return hashing?.digest
  }
}
