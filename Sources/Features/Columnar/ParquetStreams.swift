import Foundation

/// Gives parts of row groups to any number of threads, each decoded once where they are asked for in about their order.
///
/// A row group can only be decoded from its start. So parts of one come from one reader, and threads that want the next
/// ones wait for it, not for each other's work on the rows.
final class ParquetStreams: @unchecked Sendable {
  /// One open reader, inside some row group.
  private final class Stream {
    let reader: ParquetReader
    let lock = NSLock()
    /// The row group, and the part that the last thread in line will leave it at.
    var group = -1
    var planned = 0
    /// Threads in line.
    var users = 0
    /// The part that comes next; under `lock`.
    var next = 0
    /// Parts that were decoded before their threads came; under `lock`.
    var ahead: [Int: [ColumnBlock]] = [:]
    /// Parts that threads in line want; under `lock` of `ParquetStreams`.
    var wanted: Set<Int> = []
    /// What ended it; under `lock` of `ParquetStreams`.
    var failure: (any Error)?

    init(_ reader: ParquetReader) { self.reader = reader }
  }

  private let path: String
  private let parts: [ParquetRowReader.Part]
  private let columns: [Int]
  private let blockRows: Int
  private let lock = NSLock()
  private var streams: [Stream]

  init(_ path: String, parts: [ParquetRowReader.Part], columns: [Int], blockRows: Int, first: ParquetReader) {
    self.path = path
    self.parts = parts
    self.columns = columns
    self.blockRows = blockRows
    streams = [Stream(first)]
  }

  /// The columns of a part.
  ///
  /// - Throws: `DataError` with row group and column for data that can't be decoded.
  func part(_ number: Int) throws -> [ColumnBlock] {
    let stream = try join(number)
    defer { leave(stream, number) }
    return try stream.lock.withLock {
      if let failure = lock.withLock({ stream.failure }) { throw failure }
      if let known = stream.ahead.removeValue(forKey: number) { return known }
      do {
        return try advance(stream, to: number)
      } catch {
        lock.withLock { stream.failure = error }
        throw error
      }
    }
  }

  /// Takes a place in the line of the stream that comes to the part soonest.
  private func join(_ number: Int) throws -> Stream {
    try lock.withLock {
      let group = parts[number].group
      let ways = streams.filter { $0.group == group && $0.planned <= number && $0.failure == nil }
      if let stream = ways.max(by: { $0.planned < $1.planned }) {
        enter(stream, number)
        return stream
      }
      // Another row group begins: a stream that nobody waits for, the one that has come furthest.
      let idle = streams.filter { $0.users == 0 }
      let stream: Stream
      if let free = idle.first(where: { $0.group < 0 || isAtEnd($0) }) ?? (streams.count < 8 ? nil : idle.first) {
        stream = free
      } else {
        stream = Stream(try ParquetReader(path, dictionaries: true))
        streams.append(stream)
      }
      let first = parts.firstIndex { $0.group == group } ?? 0
      try stream.reader.start(rowGroups: group..<group + 1, columns: columns, blockRows: blockRows)
      (stream.group, stream.planned, stream.next) = (group, first, first)
      stream.ahead = [:]
      stream.failure = nil
      enter(stream, number)
      return stream
    }
  }

  private func isAtEnd(_ stream: Stream) -> Bool {
    stream.failure != nil || !parts.indices.contains(stream.planned) || parts[stream.planned].group != stream.group
  }

  private func enter(_ stream: Stream, _ number: Int) {
    stream.users += 1
    stream.wanted.insert(number)
    stream.planned = number + 1
  }

  private func leave(_ stream: Stream, _ number: Int) {
    lock.withLock {
      stream.users -= 1
      stream.wanted.remove(number)
      if stream.failure != nil { streams.removeAll { $0 === stream } }
    }
  }

  private func advance(_ stream: Stream, to number: Int) throws -> [ColumnBlock] {
    while stream.next <= number {
      let current = stream.next
      var pieces: [ColumnBlock] = []
      var rows = 0
      while rows < parts[current].count {
        guard let block = try stream.reader.next(atMost: parts[current].count - rows) else {
          throw DataError(
            .truncatedFile, file: path, "row group \(parts[current].group) has fewer rows than its footer says",
            remedy: "write the file again")
        }
        rows += block.count
        pieces.append(block)
      }
      stream.next = current + 1
      if current == number { return pieces }
      if lock.withLock({ stream.wanted.contains(current) }) { stream.ahead[current] = pieces }
    }
    throw DataError(
      .invalidArgument, file: path, "part \(number) was read before", remedy: "ask for each part once an epoch")
  }
}
