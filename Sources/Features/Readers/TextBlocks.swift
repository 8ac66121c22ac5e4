import Foundation

/// A text file in blocks of whole lines.
class TextBlocks: @unchecked Sendable {
  /// Some lines, the last of which ends in a line feed.
  struct Lines: Sendable {
    let memory: RowMemory
    let start: Int
    let count: Int
    /// Where the first of them stands: its offset in a plain file, its line number from 1 in another.
    let origin: Int

    func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
      withExtendedLifetime(memory) { body(UnsafeRawBufferPointer(start: memory.base + start, count: count)) }
    }
  }

  let path: String

  init(path: String) { self.path = path }

  var blockCount: Int? { nil }

  /// - Throws: `DataError` for a fault of the file; nil past the last block.
  func block(_ number: Int) throws -> Lines? { nil }

  /// The number of a block's first line, from 1.
  func line(of lines: Lines) throws -> Int { lines.origin }

  /// - Throws: `DataError` for a file that can't be opened, and one that has no rows.
  static func open(_ path: String, blockBytes: Int, hasHeader: Bool) throws -> TextBlocks {
    let source = try TextFile.open(path)
    if let file = source as? FileSource {
      return try PlainTextBlocks(file, blockBytes: blockBytes, hasHeader: hasHeader)
    }
    return SequentialTextBlocks(source, blockBytes: blockBytes, hasHeader: hasHeader)
  }

  static func noRows(_ path: String) -> DataError {
    DataError(.empty, file: path, "has no rows", remedy: "give a file with data")
  }
}

/// Blocks of a plain file, in any order.
private final class PlainTextBlocks: TextBlocks, @unchecked Sendable {
  private let file: FileSource
  private let blockBytes: Int
  private let size: Int
  /// Where the first row begins, and on which line.
  private let begin: Int
  private let firstLine: Int

  init(_ file: FileSource, blockBytes: Int, hasHeader: Bool) throws {
    self.file = file
    self.blockBytes = blockBytes
    size = file.estimatedCount
    let head = try PlainTextBlocks.head(file, hasHeader: hasHeader)
    begin = head
    firstLine = hasHeader ? 2 : 1
    super.init(path: file.path)
    guard size > begin else { throw TextBlocks.noRows(file.path) }
  }

  /// How many bytes the byte order mark and the header take.
  private static func head(_ file: FileSource, hasHeader: Bool) throws -> Int {
    var place = 0
    return try withUnsafeTemporaryAllocation(byteCount: 1 << 12, alignment: 8) { buffer in
      var first = true
      while true {
        let count = try file.read(at: place, into: buffer)
        var start = 0
        if first, count >= 3, buffer[0] == 0xef, buffer[1] == 0xbb, buffer[2] == 0xbf { start = 3 }
        first = false
        guard hasHeader else { return start }
        if let end = buffer[start..<count].firstIndex(of: 0x0a) { return place + end + 1 }
        place += count
        if count == 0 { return place }
      }
    }
  }

  override var blockCount: Int? { max(1, (size - begin + blockBytes - 1) / blockBytes) }

  override func block(_ number: Int) throws -> Lines? {
    guard number >= 0, number < (size - begin + blockBytes - 1) / blockBytes else { return nil }
    let from = begin + number * blockBytes
    let to = min(size, from + blockBytes)
    // One byte before says whether a line begins here.
    let lead = number == 0 ? 0 : 1
    var room = to - from + lead + (1 << 14)
    while true {
      let memory = RowMemory(byteCount: room + TextRowParser.padding)
      let wanted = min(room, size - from + lead)
      var count = try file.read(
        at: from - lead, into: UnsafeMutableRawBufferPointer(start: memory.base, count: wanted))
      guard count == wanted else {
        throw DataError(
          .truncatedFile, file: path, "became shorter while it was read, \(from - lead + count) bytes are left",
          received: "\(size) bytes at first", remedy: "leave the file alone while it is read")
      }
      let atEnd = from - lead + count == size
      let bytes = memory.base.assumingMemoryBound(to: UInt8.self)
      if atEnd, count > 0, bytes[count - 1] != 0x0a {
        bytes[count] = 0x0a
        count += 1
      }
      var start = 0
      if lead == 1 {
        // A line that began before belongs to the block before.
        guard let end = PlainTextBlocks.lineFeed(bytes, 0, count) else {
          if atEnd { return Lines(memory: memory, start: 0, count: 0, origin: from) }
          room = try grown(room, from)
          continue
        }
        start = end + 1
      }
      let limit = to - from + lead
      if start >= limit { return Lines(memory: memory, start: start, count: 0, origin: from - lead + start) }
      guard let last = PlainTextBlocks.lineFeed(bytes, limit - 1, count) else {
        room = try grown(room, from)
        continue
      }
      if last + 1 - start > BlockReader.longestLine { try checkLines(bytes, start..<last + 1, origin: from - lead) }
      memory.base.advanced(by: last + 1).initializeMemory(as: UInt8.self, repeating: 0, count: TextRowParser.padding)
      return Lines(memory: memory, start: start, count: last + 1 - start, origin: from - lead + start)
    }
  }

  private func grown(_ room: Int, _ from: Int) throws -> Int {
    guard room < BlockReader.longestLine + blockBytes else { throw try tooLong(at: from) }
    return room * 2
  }

  /// Refuses a line whose fields could have more bytes than a block can count.
  private func checkLines(_ bytes: UnsafePointer<UInt8>, _ range: Range<Int>, origin: Int) throws {
    var start = range.lowerBound
    while start < range.upperBound, let end = PlainTextBlocks.lineFeed(bytes, start, range.upperBound) {
      guard end - start < BlockReader.longestLine else { throw try tooLong(at: origin + start) }
      start = end + 1
    }
  }

  private func tooLong(at offset: Int) throws -> DataError {
    DataError(
      .malformedLine, file: path, line: try line(at: offset), "a line of more than \(BlockReader.longestLine) bytes",
      remedy: "give a text file with one record a line")
  }

  private static func lineFeed(_ bytes: UnsafePointer<UInt8>, _ from: Int, _ to: Int) -> Int? {
    guard to > from, let found = memchr(bytes + from, 0x0a, to - from) else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
  }

  override func line(of lines: Lines) throws -> Int { try line(at: lines.origin) }

  /// Counted only when a message needs it.
  private func line(at offset: Int) throws -> Int {
    var line = firstLine
    var place = begin
    try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 64) { buffer in
      while place < offset {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(buffer.count, offset - place)])
        let count = try file.read(at: place, into: part)
        if count == 0 { break }
        line += BlockReader.countLines(UnsafeRawBufferPointer(rebasing: part[..<count]))
        place += count
      }
    }
    return line
  }
}

/// Blocks that come one after the other. Whoever asks for a later one reads those before it, and leaves them on a shelf.
private final class SequentialTextBlocks: TextBlocks, @unchecked Sendable {
  private let lock = NSLock()
  private var reader: BlockReader
  private var read = 0
  private var shelf: [Int: Lines] = [:]
  private var failure: (any Error)?
  private let hasHeader: Bool
  private var atEnd = false

  init(_ source: any ByteSource, blockBytes: Int, hasHeader: Bool) {
    reader = BlockReader(source, blockSize: blockBytes)
    self.hasHeader = hasHeader
    super.init(path: source.path)
  }

  override func block(_ number: Int) throws -> Lines? {
    try lock.withLock {
      while read <= number, !atEnd {
        if let failure { throw failure }
        do {
          guard let lines = try next() else {
            atEnd = true
            if read == 0 { throw TextBlocks.noRows(path) }
            break
          }
          shelf[read] = lines
          read += 1
        } catch {
          failure = error
          throw error
        }
      }
      return shelf.removeValue(forKey: number)
    }
  }

  private func next() throws -> Lines? {
    let isFirst = read == 0
    guard var bytes = try located({ try reader.next() }) else { return nil }
    var line = reader.linesBefore + 1
    if isFirst, hasHeader {
      guard let end = bytes.firstIndex(of: 0x0a) else { return nil }
      bytes = UnsafeRawBufferPointer(rebasing: bytes[(end + 1)...])
      line += 1
      if bytes.isEmpty {
        guard let more = try located({ try reader.next() }) else { return nil }
        bytes = more
        line = reader.linesBefore + 1
      }
    }
    let memory = RowMemory(byteCount: bytes.count + TextRowParser.padding)
    if let base = bytes.baseAddress { memory.base.copyMemory(from: base, byteCount: bytes.count) }
    memory.base.advanced(by: bytes.count).initializeMemory(as: UInt8.self, repeating: 0, count: TextRowParser.padding)
    return Lines(memory: memory, start: 0, count: bytes.count, origin: line)
  }

  /// A stream that breaks off says after which line.
  private func located<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch var error as DataError {
      if error.line == nil { error.line = reader.lineReached }
      throw error
    }
  }
}
