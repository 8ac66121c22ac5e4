/// Numbers as they stand in a field's bytes.
package enum FieldNumber {
  private static let powers: [Double] = NumberText.powers

  /// A decimal number; nil for no number, infinity for one that is too large.
  package static func decimal(_ bytes: UnsafeRawBufferPointer) -> Float? {
    var place = 0
    var end = bytes.count
    while place < end, bytes[place] == 0x20 { place += 1 }
    while end > place, bytes[end - 1] == 0x20 { end -= 1 }
    let first = place
    let isNegative = place < end && bytes[place] == 0x2d
    if isNegative || (place < end && bytes[place] == 0x2b) { place += 1 }
    var value: UInt64 = 0
    var digits = 0
    var fraction = 0
    while place < end, bytes[place] &- 0x30 < 10, digits < 18 {
      value = value &* 10 &+ UInt64(bytes[place] &- 0x30)
      digits += 1
      place += 1
    }
    if place < end, bytes[place] == 0x2e {
      place += 1
      while place < end, bytes[place] &- 0x30 < 10, digits < 18 {
        value = value &* 10 &+ UInt64(bytes[place] &- 0x30)
        digits += 1
        fraction += 1
        place += 1
      }
    }
    // 15 digits and a power of ten that a double holds exactly: one division is rounded rightly (Clinger 1990).
    if place == end, digits > 0, value < 1 << 53 {
      let number = Double(value) / powers[fraction]
      return Float(isNegative ? -number : number)
    }
    guard place > first || place < end else { return nil }
    return general(UnsafeRawBufferPointer(rebasing: bytes[first..<end]))
  }

  /// Any number that Swift can read: exponents and many digits.
  @inline(never)
  private static func general(_ bytes: UnsafeRawBufferPointer) -> Float? {
    guard bytes.count <= 1_024, let text = String(validating: bytes, as: UTF8.self) else { return nil }
    do throws(NumberText.Fault) {
      return Float(try NumberText.double(text))
    } catch {
      return error == .notFinite && bytes.allSatisfy({ !(0x61...0x7a).contains($0 | 0x20) || $0 | 0x20 == 0x65 })
        ? .infinity : nil
    }
  }

  /// A whole number from 0 in base 10 or 16, of at most 18 or 15 digits.
  static func whole(_ bytes: UnsafeRawBufferPointer, radix: Int) -> UInt64? {
    guard bytes.count > 0, bytes.count <= (radix == 16 ? 15 : 18) else { return nil }
    var value: UInt64 = 0
    for byte in bytes {
      var digit = byte &- 0x30
      if digit >= 10 {
        guard radix == 16 else { return nil }
        digit = (byte | 0x20) &- 0x61
        guard digit < 6 else { return nil }
        digit &+= 10
      }
      value = value &* UInt64(radix) &+ UInt64(digit)
    }
    return value
  }
}
