import Foundation

/// Gives a source in blocks of whole lines.
///
/// Each block ends with a line feed (one is added when the last line has none), so that a scanner needs no check of the end
/// inside a line. Memory is one block, whatever the file's size.
struct BlockReader: ~Copyable {
  /// A line longer than this is no line of a table.
  static let longestLine = 1 << 24

  let source: any ByteSource
  /// How many lines stand before the block that `next()` gave last.
  private(set) var linesBefore = 0
  private var buffer: UnsafeMutableRawBufferPointer
  /// Bytes at the buffer's start that are the block given last, and those after it that wait for more.
  private var given = 0
  private var filled = 0
  private var atEnd = false
  private var first = true

  init(_ source: any ByteSource, blockSize: Int = 1 << 18) {
    self.source = source
    buffer = .allocate(byteCount: max(blockSize, 64), alignment: 64)
  }

  deinit { buffer.deallocate() }

  /// The next lines, valid until the next call; `nil` at the end.
  ///
  /// - Throws: `DataError` for a fault of the file, or a line of more than 16 MB.
  mutating func next() throws -> UnsafeRawBufferPointer? {
    linesBefore += BlockReader.countLines(UnsafeRawBufferPointer(rebasing: buffer[..<given]))
    let rest = filled - given
    if rest > 0, given > 0, let base = buffer.baseAddress { base.copyMemory(from: base + given, byteCount: rest) }
    filled = rest
    given = 0
    while true {
      if !atEnd {
        // One byte stays free for the line feed of a last line without one.
        while filled < buffer.count - 1, !atEnd {
          let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<buffer.count - 1]))
          if count == 0 { atEnd = true }
          filled += count
        }
        if first {
          first = false
          dropByteOrderMark()
        }
      }
      if filled == 0 { return nil }
      if atEnd {
        if buffer[filled - 1] != 0x0a {
          buffer[filled] = 0x0a
          filled += 1
        }
        given = filled
        return UnsafeRawBufferPointer(rebasing: buffer[..<given])
      }
      var end = filled
      while end > 0, buffer[end - 1] != 0x0a { end -= 1 }
      if end > 0 {
        given = end
        return UnsafeRawBufferPointer(rebasing: buffer[..<given])
      }
      try grow()
    }
  }

  /// The line that reading has come to, for a message about the source.
  var lineReached: Int {
    linesBefore + 1 + BlockReader.countLines(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
  }

  private mutating func grow() throws {
    guard buffer.count < BlockReader.longestLine else {
      throw DataError(
        .malformedLine, file: source.path, line: linesBefore + 1,
        "a line of more than \(BlockReader.longestLine) bytes",
        remedy: "give a text file with one record a line")
    }
    let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 64)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
    buffer.deallocate()
    buffer = larger
  }

  private mutating func dropByteOrderMark() {
    guard filled >= 3, buffer[0] == 0xef, buffer[1] == 0xbb, buffer[2] == 0xbf, let base = buffer.baseAddress else {
      return
    }
    base.copyMemory(from: base + 3, byteCount: filled - 3)
    filled -= 3
  }

  static func countLines(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard var place = bytes.baseAddress else { return 0 }
    let end = place + bytes.count
    var count = 0
    while place < end, let found = memchr(place, 0x0a, end - place) {
      count &+= 1
      place = UnsafeRawPointer(found) + 1
    }
    return count
  }
}
