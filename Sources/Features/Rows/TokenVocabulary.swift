/// The tokens of a column, found by their ``TokenHash``; the most frequent one is number 0.
///
/// Memory is the tokens' bytes and 20 to 30 bytes a token.
final class TokenVocabulary: Sendable, Equatable {
  /// The bytes of all tokens, one after the other, and where each ends.
  let bytes: [UInt8]
  let ends: [Int]
  /// Open addressing, 0 for an empty place.
  private let keys: [UInt64]
  private let numbers: [Int32]
  private let mask: Int

  var count: Int { ends.count }

  /// - Parameter tokens: none twice; of two with one hash the first is found.
  init(bytes: [UInt8], ends: [Int]) {
    self.bytes = bytes
    self.ends = ends
    var size = 16
    while size < ends.count * 2 { size *= 2 }
    var keys = [UInt64](repeating: 0, count: size)
    var numbers = [Int32](repeating: 0, count: size)
    var start = 0
    bytes.withUnsafeBytes { bytes in
      for (number, end) in ends.enumerated() {
        let hash = TokenHash.hash(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
        start = end
        var place = Int(truncatingIfNeeded: hash) & (size - 1)
        while keys[place] != 0, keys[place] != hash { place = (place + 1) & (size - 1) }
        if keys[place] == 0 {
          keys[place] = hash
          numbers[place] = Int32(truncatingIfNeeded: number)
        }
      }
    }
    self.keys = keys
    self.numbers = numbers
    mask = size - 1
  }

  static func == (left: TokenVocabulary, right: TokenVocabulary) -> Bool {
    left === right || (left.ends == right.ends && left.bytes == right.bytes)
  }

  /// Looks up many tokens at once.
  @inline(__always)
  func withLookup<Result>(_ body: (TokenLookup) -> Result) -> Result {
    keys.withUnsafeBufferPointer { keys in
      numbers.withUnsafeBufferPointer { numbers in
        guard let keys = keys.baseAddress, let numbers = numbers.baseAddress else {
          preconditionFailure("a vocabulary has 16 places at least")
        }
        return body(TokenLookup(keys: keys, numbers: numbers, mask: mask))
      }
    }
  }

  /// A token as text.
  func token(_ number: Int) -> String {
    TextFile.decode(Array(bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]]))
  }
}

/// The table of a vocabulary, while it may be looked at.
struct TokenLookup {
  let keys: UnsafePointer<UInt64>
  let numbers: UnsafePointer<Int32>
  let mask: Int

  /// The number of a token by its hash, -1 for an unknown one.
  @inline(__always)
  func number(_ hash: UInt64) -> Int32 {
    var place = Int(truncatingIfNeeded: hash) & mask
    while true {
      let key = keys[place]
      if key == hash { return numbers[place] }
      if key == 0 { return -1 }
      place = (place &+ 1) & mask
    }
  }
}
