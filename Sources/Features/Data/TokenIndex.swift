/// Where the rows of a vocabulary are looked up: small decimal numbers in a flat table, large ones and words in
/// dictionaries.
struct TokenIndex: Sendable {
  /// Numbers below this may have a place in the flat table: 16 MB at most.
  static let denseLimit = 1 << 22

  /// Row of number `v`, or -1.
  var dense: [Int32] = []
  var wide: [UInt64: Int32] = [:]
  var words: [String: Int32] = [:]

  init() {}

  init(identity count: Int) {
    if count <= TokenIndex.denseLimit {
      dense = (0..<Int32(count)).map { $0 }
    } else {
      for row in 0..<count { insert(String(row), row: Int32(row)) }
    }
  }

  func row(of token: String) -> Int32? {
    guard let number = TokenIndex.number(token) else { return words[token] }
    return row(of: number)
  }

  func row(of number: UInt64) -> Int32? {
    guard number < UInt64(TokenIndex.denseLimit) else { return wide[number] }
    guard number < UInt64(dense.count) else { return nil }
    let row = dense[Int(number)]
    return row >= 0 ? row : nil
  }

  mutating func insert(_ token: String, row: Int32) {
    if let number = TokenIndex.number(token) {
      insert(number, row: row)
    } else {
      words[token] = row
    }
  }

  mutating func insert(_ number: UInt64, row: Int32) {
    guard number < UInt64(TokenIndex.denseLimit) else {
      wide[number] = row
      return
    }
    let place = Int(number)
    if place >= dense.count {
      let size = min(TokenIndex.denseLimit, max(place + 1, dense.count * 2, 1024))
      dense.append(contentsOf: repeatElement(-1, count: size - dense.count))
    }
    dense[place] = row
  }

  /// The number that a token writes in its one canonical way: `"7"`, but not `"07"`, `"+7"` or `"7.0"`.
  static func number(_ token: String) -> UInt64? {
    var token = token
    return token.withUTF8 { number(UnsafeRawBufferPointer($0)) }
  }

  /// The number as the table of numbers has it; nil for one that is kept as a word, as a negative one is.
  static func number(_ value: Int64) -> UInt64? {
    // 18 digits, as below.
    (0...999_999_999_999_999_999).contains(value) ? UInt64(value) : nil
  }

  static func number(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    guard bytes.count > 0, bytes.count <= 18 else { return nil }
    if bytes[0] == 0x30 { return bytes.count == 1 ? 0 : nil }
    var value: UInt64 = 0
    for byte in bytes {
      let digit = byte &- 0x30
      guard digit < 10 else { return nil }
      value = value * 10 + UInt64(digit)
    }
    return value
  }
}
