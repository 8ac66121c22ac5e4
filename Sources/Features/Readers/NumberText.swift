/// Numbers as they stand in text.
enum NumberText {
  static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
  ]

  enum Fault: Error { case notANumber, notFinite, outOfRange }

  /// A decimal number: digits, sign, point and exponent, nothing else.
  static func double(_ text: String) throws(Fault) -> Double {
    let text = trimmed(text)
    guard let value = Double(text) else { throw .notANumber }
    guard value.isFinite else {
      // "1e999" is written as a number and has no finite value; "nan" and "inf" are no numbers for us either.
      throw .notFinite
    }
    // Swift reads "0x1p3" too.
    guard text.utf8.allSatisfy({ isNumeric($0) }) else { throw .notANumber }
    return value
  }

  /// A whole number of seconds; a fraction is cut off.
  static func seconds(_ text: String) throws(Fault) -> Int64 {
    if let value = Int64(trimmed(text)) { return value }
    let value = try double(text).rounded(.down)
    guard let seconds = Int64(exactly: value) else { throw .outOfRange }
    return seconds
  }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || byte == 0x2e || byte == 0x2d || byte == 0x2b || byte == 0x65 || byte == 0x45
  }

  private static func trimmed(_ text: String) -> String {
    var text = Substring(text)
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
