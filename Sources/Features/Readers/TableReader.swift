/// Reads any table of text line by line; for side features, which are small.
struct TableReader {
  let path: String
  let separator: String
  var isQuoted = false
  /// Whether the content's SHA-256 is taken.
  var checksum = false

  /// Calls `body` with the decoded fields and the line's number for each line that isn't empty.
  ///
  /// - Returns: the SHA-256 of the content where it was asked for.
  @discardableResult
  func forEachLine(_ body: (_ fields: [String], _ line: Int) throws -> Void) throws -> String? {
    let source = try TextFile.open(path)
    let hashing = checksum ? HashingSource(source) : nil
    var blocks = BlockReader(hashing ?? source)
    let splitter = FieldSplitter(separator: separator, isQuoted: isQuoted)
    while let block = try blocks.next() {
      var place = 0
      var number = blocks.linesBefore
      while place < block.count {
        var end = place
        while block[end] != 0x0a { end += 1 }
        let next = end + 1
        number += 1
        if end > place, block[end - 1] == 0x0d { end -= 1 }
        if end > place {
          let line = UnsafeRawBufferPointer(rebasing: block[place..<end])
          do {
            let fields = try splitter.fields(line)
            try body(fields.map { TextFile.decode($0) }, number)
          } catch let fault as FieldSplitter.Fault {
            throw FieldSplitter.error(fault, file: path, line: number, text: TextFile.decode(line))
          }
        }
        place = next
      }
    }
    return hashing?.digest
  }
}
