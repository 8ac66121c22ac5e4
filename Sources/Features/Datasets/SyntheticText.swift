/// The text of made-up rows.
final class SyntheticText {
  static let rowsAtATime = 4_096
  /// Two labels, 13 counts of seven digits at most and 26 categories of eight, each with a tab, and a word that may be
  /// written beyond.
  private static let longestRow = 4 + 13 * 8 + 26 * 9 + 8

  private let buffer: UnsafeMutableRawPointer
  private var place: UnsafeMutableRawPointer
  /// Up to seven digits as a word, how many they are in the top byte.
  private let counts: [UInt64]
  /// Two digits in base 16.
  private let pairs: [UInt64]

  private let goals: Int

  init(_ effects: SyntheticEffects, goals: Int) {
    self.goals = goals
    buffer = .allocate(byteCount: SyntheticText.rowsAtATime * SyntheticText.longestRow, alignment: 64)
    place = buffer
    counts = effects.countValues.map { count in
      let digits = count < 0 ? [] : Array(String(count).utf8.prefix(7))
      return digits.enumerated().reduce(UInt64(digits.count) << 56) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    }
    let digits = Array("0123456789abcdef".utf8)
    pairs = (0..<256).map { UInt64(digits[$0 >> 4]) | UInt64(digits[$0 & 15]) << 8 }
  }

  deinit { buffer.deallocate() }

  /// Adds a row; at most `rowsAtATime` before they are taken.
  func append(_ row: SyntheticRow) {
    var place = place
    place.storeBytes(of: row.label > 0 ? 0x31 : 0x30, as: UInt8.self)
    place += 1
    if goals == 2 {
      place.storeBytes(of: 0x09, as: UInt8.self)
      (place + 1).storeBytes(of: row.purchase > 0 ? 0x31 : 0x30, as: UInt8.self)
      place += 2
    }
    counts.withUnsafeBufferPointer { counts in
      for column in 0..<SyntheticEffects.counts {
        let word = counts[column &* SyntheticEffects.quantiles &+ Int(row.counts[column])]
        place.storeBytes(of: 0x09, as: UInt8.self)
        (place + 1).storeBytes(of: word.littleEndian, as: UInt64.self)
        place += 1 &+ Int(truncatingIfNeeded: word &>> 56)
      }
    }
    pairs.withUnsafeBufferPointer { pairs in
      for column in 0..<SyntheticEffects.categories {
        place.storeBytes(of: 0x09, as: UInt8.self)
        place += 1
        guard row.ids[column] >= 0 else { continue }
        let id = UInt32(bitPattern: row.ids[column])
        let word =
          pairs[Int(id &>> 24)] | pairs[Int(id &>> 16 & 255)] &<< 16 | pairs[Int(id &>> 8 & 255)] &<< 32
          | pairs[Int(id & 255)] &<< 48
        place.storeBytes(of: word.littleEndian, as: UInt64.self)
        place += 8
      }
    }
    place.storeBytes(of: 0x0a, as: UInt8.self)
    self.place = place + 1
  }

  /// What was added, good until the next row.
  func take() -> UnsafeRawBufferPointer {
    defer { place = buffer }
    return UnsafeRawBufferPointer(start: buffer, count: place - buffer)
  }
}
