/// Counts tokens in bounded memory.
///
/// Exact up to `limit` different tokens; beyond, the rarest are forgotten whenever the table is full, and each forgetting
/// raises by how much a count may be too low: lossy counting, Manku and Motwani 2002, "Approximate frequency counts over
/// data streams", section 4.2. A token that stands often is never lost.
struct TokenCounter {
  private struct Entry {
    var hash: UInt64
    var place: Int
    var length: Int32
    var count: UInt32
  }

  /// The most tokens that are kept at a time.
  let limit: Int
  private var entries: [Entry] = []
  private var index: [Int32]
  private var bytes: [UInt8] = []
  /// By how much a count may be too low.
  private(set) var error: UInt32 = 0

  init(limit: Int = 1 << 25) {
    self.limit = max(16, limit)
    index = [Int32](repeating: -1, count: 1 << 10)
  }

  var count: Int { entries.count }

  /// Counts the tokens of a block; a hash of 0 is no token.
  mutating func add(_ tokens: UnsafeBufferPointer<UInt64>, _ spans: UnsafePointer<UInt64>, of block: RowBlock) {
    for (row, hash) in tokens.enumerated() where hash != 0 {
      var place = Int(truncatingIfNeeded: hash) & (index.count - 1)
      while true {
        let entry = index[place]
        if entry < 0 {
          insert(hash, spans[row], block, at: place)
          break
        }
        if entries[Int(entry)].hash == hash {
          let count = entries[Int(entry)].count
          if count < .max { entries[Int(entry)].count = count + 1 }
          break
        }
        place = (place + 1) & (index.count - 1)
      }
    }
  }

  private mutating func insert(_ hash: UInt64, _ span: UInt64, _ block: RowBlock, at place: Int) {
    let start = bytes.count
    block.withBytes(of: span) { bytes.append(contentsOf: $0) }
    index[place] = Int32(entries.count)
    entries.append(
      Entry(hash: hash, place: start, length: Int32(truncatingIfNeeded: bytes.count - start), count: error + 1))
    if entries.count >= limit { forget() }
    if entries.count * 2 > index.count { rebuild(index.count * 2) }
  }

  /// Drops the rarest tokens until half the room is free.
  private mutating func forget() {
    while entries.count > limit / 2 {
      error += 1
      entries.removeAll { $0.count <= error }
    }
    var kept: [UInt8] = []
    for number in entries.indices {
      let entry = entries[number]
      entries[number].place = kept.count
      kept += bytes[entry.place..<entry.place + Int(entry.length)]
    }
    bytes = kept
    rebuild(index.count)
  }

  private mutating func rebuild(_ size: Int) {
    index = [Int32](repeating: -1, count: size)
    for (number, entry) in entries.enumerated() {
      var place = Int(truncatingIfNeeded: entry.hash) & (size - 1)
      while index[place] >= 0 { place = (place + 1) & (size - 1) }
      index[place] = Int32(number)
    }
  }

  /// The tokens that stand at least `minimumCount` times, by falling count, at equal counts by their bytes.
  func vocabulary(minimumCount: Int, limit: Int?) -> TokenVocabulary {
    var kept = entries.filter { Int($0.count) >= minimumCount }
    bytes.withUnsafeBytes { bytes in
      func isBefore(_ one: Entry, _ two: Entry) -> Bool {
        if one.count != two.count { return one.count > two.count }
        return bytes[one.place..<one.place + Int(one.length)].lexicographicallyPrecedes(
          bytes[two.place..<two.place + Int(two.length)])
      }
      kept.sort(by: isBefore)
    }
    if let limit, kept.count > limit { kept.removeSubrange(limit...) }
    var text: [UInt8] = []
    var ends: [Int] = []
    for entry in kept {
      text += bytes[entry.place..<entry.place + Int(entry.length)]
      ends.append(text.count)
    }
    return TokenVocabulary(bytes: text, ends: ends)
  }

  /// The tokens that stand most often, the first by their bytes at equal counts.
  func mostFrequent(_ count: Int) -> [(token: String, count: Int)] {
    let top = vocabulary(minimumCount: 1, limit: count)
    return (0..<top.count).map { number in
      let token = top.token(number)
      let hash = TokenHash.hash(token)
      return (token, entries.first { $0.hash == hash }.map { Int($0.count) } ?? 0)
    }
  }
}
