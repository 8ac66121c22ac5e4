import Foundation

/// Reads JSON as RFC 8259 has it, from bytes that may be anything.
///
/// Nesting is bounded, so that no input can overflow the stack. Own code because a request is mostly numbers: this reads them
/// about ten times as fast as Foundation does on Linux.
package struct JSONReader {
  static let maxDepth = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  /// - Throws: `ServingError` with the position of the first byte that is no JSON.
  package static func read(_ bytes: some Sequence<UInt8>) throws(ServingError) -> JSONValue {
    let result: Result<JSONValue, ServingError>? = bytes.withContiguousStorageIfAvailable { readBuffer($0) }
    return try (result ?? Array(bytes).withUnsafeBufferPointer { readBuffer($0) }).get()
  }

  private static func readBuffer(_ buffer: UnsafeBufferPointer<UInt8>) -> Result<JSONValue, ServingError> {
    var reader = JSONReader(bytes: buffer)
    do throws(ServingError) {
      let value = try reader.value(depth: 0)
      reader.skipSpace()
      guard reader.position == buffer.count else { throw reader.fault("text after the value") }
      return .success(value)
    } catch {
      return .failure(error)
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private func fault(_ what: String) -> ServingError {
    .invalid("the body is no JSON: \(what) at byte \(position); send UTF-8 JSON")
  }

  private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

  private mutating func skipSpace() {
    while position < bytes.count, case let byte = bytes[position],
      byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    {
      position += 1
    }
  }

  private mutating func value(depth: Int) throws(ServingError) -> JSONValue {
    guard depth < Self.maxDepth else { throw fault("more than \(Self.maxDepth) levels") }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw fault(position >= bytes.count ? "the end" : "an unexpected byte")
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSONValue) throws(ServingError) -> JSONValue {
    let count = text.utf8CodeUnitCount
    guard position + count <= bytes.count else { throw fault("the end") }
    for offset in 0..<count where bytes[position + offset] != text.utf8Start[offset] {
      throw fault("an unexpected word")
    }
    position += count
    return value
  }

  private mutating func array(_ depth: Int) throws(ServingError) -> JSONValue {
    position += 1
    var items: [JSONValue] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      position += 1
      return .array(items)
    }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      let next = current
      position += 1
      if next == UInt8(ascii: "]") { return .array(items) }
      guard next == UInt8(ascii: ",") else {
        position -= 1
        throw fault("no comma in a list")
      }
    }
  }

  private mutating func object(_ depth: Int) throws(ServingError) -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    skipSpace()
    if current == UInt8(ascii: "}") {
      position += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw fault("no key in an object") }
      let key = try string()
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw fault("no colon after a key") }
      position += 1
      members.append(.init(key: key, value: try value(depth: depth + 1)))
      skipSpace()
      let next = current
      position += 1
      if next == UInt8(ascii: "}") { return .object(members) }
      guard next == UInt8(ascii: ",") else {
        position -= 1
        throw fault("no comma in an object")
      }
    }
  }
}

// MARK: Strings

extension JSONReader {
  private mutating func string() throws(ServingError) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let text = try utf8(UnsafeBufferPointer(rebasing: bytes[start..<position]))
        position += 1
        return text
      case UInt8(ascii: "\\"): return try escaped(from: start)
      case 0..<0x20: throw fault("a control character in a string")
      default: position += 1
      }
    }
    throw fault("a string without an end")
  }

  private func utf8(_ part: some Collection<UInt8>) throws(ServingError) -> String {
    guard let text = String(validating: part, as: UTF8.self) else { throw fault("a string that is no UTF-8") }
    return text
  }

  private mutating func escaped(from start: Int) throws(ServingError) -> String {
    var out = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return try utf8(out)
      case UInt8(ascii: "\\"): try escape(into: &out)
      case 0..<0x20: throw fault("a control character in a string")
      default: out.append(byte)
      }
    }
    throw fault("a string without an end")
  }

  private mutating func escape(into out: inout [UInt8]) throws(ServingError) {
    let byte = current
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): out.append(byte)
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code) {
        guard current == UInt8(ascii: "\\"), position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "u") else {
          throw fault("half a surrogate pair")
        }
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw fault("half a surrogate pair") }
      out.append(contentsOf: Array(String(scalar).utf8))
    default:
      position -= 1
      throw fault("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(ServingError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt32
      switch current {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(current - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt32(current - UInt8(ascii: "a")) + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt32(current - UInt8(ascii: "A")) + 10
      default: throw fault("no hexadecimal digit")
      }
      code = code << 4 | digit
      position += 1
    }
    return code
  }
}

// MARK: Numbers

extension JSONReader {
  private static let powersOfTen: [Double] = (0...22).map { pow(10, Double($0)) }

  private mutating func digits(_ mantissa: inout UInt64, _ count: inout Int) throws(ServingError) -> Int {
    let start = position
    while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
      // Past 19 digits the mantissa is not used.
      mantissa = mantissa &* 10 &+ UInt64(digit)
      if mantissa > 0 { count += 1 }
      position += 1
    }
    guard position > start else { throw fault("a number without digits") }
    return position - start
  }

  private mutating func number() throws(ServingError) -> JSONValue {
    let start = position
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { position += 1 }
    var mantissa: UInt64 = 0
    var significant = 0
    let leadingZero = current == UInt8(ascii: "0")
    let whole = try digits(&mantissa, &significant)
    guard !leadingZero || whole == 1 else { throw fault("a number that begins with 0") }
    var exponent = 0
    var isWhole = true
    if current == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      exponent = -(try digits(&mantissa, &significant))
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      let sign = current
      if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { position += 1 }
      var value: UInt64 = 0
      var count = 0
      _ = try digits(&value, &count)
      let shift = count > 5 ? 99_999 : Int(value)
      exponent += sign == UInt8(ascii: "-") ? -shift : shift
    }
    if isWhole, significant <= 18 {
      return .integer(isNegative ? -Int64(mantissa) : Int64(mantissa))
    }
    // Both are exact as doubles, so that one division or product rounds once, as reading has to (Clinger 1990).
    if significant <= 15, abs(exponent) <= 22 {
      let magnitude = Double(mantissa)
      let value = exponent < 0 ? magnitude / Self.powersOfTen[-exponent] : magnitude * Self.powersOfTen[exponent]
      return .number(isNegative ? -value : value)
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int64(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw fault("number \(text.prefix(40)), which no double holds,")
    }
    return .number(value)
  }
}
