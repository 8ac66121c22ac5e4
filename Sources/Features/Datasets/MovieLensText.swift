import Foundation
import Torch

/// Text of MovieLens's size and layout with made-up ratings, to measure reading by.
public enum MovieLensText {
  /// `ratings.dat` lines, `user::item::rating::timestamp`; with the defaults as many users, films and ratings as
  /// MovieLens-1M has, about 24 MB.
  ///
  /// - Precondition: all counts are positive.
  public static func ratings(
    rows: Int = 1_000_209, users: Int = 6_040, items: Int = 3_952, separator: String = "::", seed: UInt64 = 1
  ) -> [UInt8] {
    var random = RandomStream(seed: seed, 0x6d6c)
    var text: [UInt8] = []
    text.reserveCapacity(rows * 26)
    let separator = Array(separator.utf8)
    for row in 0..<rows {
      // Users in order, as in the real file; films with a mild skew.
      append(1 + row * users / rows, &text)
      text += separator
      let unit = random.nextUnit()
      append(1 + Int(unit * unit * Double(items)), &text)
      text += separator
      append(1 + random.next(below: 5), &text)
      text += separator
      append(956_703_932 + random.next(below: 89_750_722), &text)
      text.append(0x0a)
    }
    return text
  }

  private static func append(_ number: Int, _ text: inout [UInt8]) {
    var divisor = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      text.append(0x30 + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }

  /// Writes such text to a file.
  ///
  /// - Returns: its size in bytes.
  /// - Throws: `FileError` when the file can't be written.
  @discardableResult
  public static func write(
    to path: String, rows: Int = 1_000_209, users: Int = 6_040, items: Int = 3_952, seed: UInt64 = 1
  ) throws -> Int {
    let text = ratings(rows: rows, users: users, items: items, seed: seed)
    try AtomicFile.write(text, to: path)
    return text.count
  }
}
