/// Eight bytes at a time, as one little-endian word: where a field ends, and what a short one says.
///
/// A byte of a word that is zero after a separator was taken off it by exclusive or is found as in Mycroft's `strlen`: its
/// flag is right for the first such byte, which is all that is asked for.
enum WordScan {
  static let ones: UInt64 = 0x0101_0101_0101_0101
  static let highs: UInt64 = 0x8080_8080_8080_8080
  static let zeros: UInt64 = 0x3030_3030_3030_3030
  static let lineFeeds: UInt64 = 0x0a0a_0a0a_0a0a_0a0a

  @inline(__always)
  static func load(_ place: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(place).loadUnaligned(as: UInt64.self))
  }

  /// A flag in the top bit of the first byte that is a separator or a line feed; 0 when there is none.
  @inline(__always)
  static func ends(_ word: UInt64, _ separators: UInt64) -> UInt64 {
    let one = word ^ separators
    let two = word ^ lineFeeds
    return ((one &- ones) & ~one | (two &- ones) & ~two) & highs
  }

  /// The number that the lowest `bits / 8` bytes (1 to 8) write in decimal; negative for no number.
  @inline(__always)
  static func decimal(_ word: UInt64, bits: UInt64) -> Int64 {
    // Digits move up, so that the last one is in the top byte and zeros stand before the first.
    let digits = (word ^ zeros) &<< (64 &- bits)
    guard (digits &+ 0x7676_7676_7676_7676 | digits) & highs == 0 else { return -1 }
    let pairs = digits &* 10 &+ (digits &>> 8)
    let low = (pairs & 0x0000_00ff_0000_00ff) &* 0x000f_4240_0000_0064
    let high = (pairs &>> 16 & 0x0000_00ff_0000_00ff) &* 0x0000_2710_0000_0001
    return Int64(truncatingIfNeeded: (low &+ high) &>> 32)
  }

  /// The number that the lowest `bits / 8` bytes (1 to 8) write in base 16; negative for no number.
  @inline(__always)
  static func hexadecimal(_ word: UInt64, bits: UInt64) -> Int64 {
    let shift = 64 &- bits
    // Zeros before the first digit; a shift by 64 must give none.
    let text = word &<< shift | (shift == 0 ? 0 : zeros &>> bits)
    let lower = text | 0x2020_2020_2020_2020
    func atLeast(_ word: UInt64, _ byte: UInt64) -> UInt64 { word &+ ones &* (0x80 &- byte) }
    let isDigit = atLeast(text, 0x30) & ~atLeast(text, 0x3a)
    let isLetter = atLeast(lower, 0x61) & ~atLeast(lower, 0x67)
    guard text & highs == 0, (isDigit | isLetter) & highs == highs else { return -1 }
    let digits = (text & 0x0f0f_0f0f_0f0f_0f0f) &+ 9 &* (text &>> 6 & ones)
    let pairs = (digits &<< 4 | digits &>> 8) & 0x00ff_00ff_00ff_00ff
    let fours = (pairs &<< 8 | pairs &>> 16) & 0x0000_ffff_0000_ffff
    return Int64(truncatingIfNeeded: (fours &<< 16 | fours &>> 32) & 0xffff_ffff)
  }
}
