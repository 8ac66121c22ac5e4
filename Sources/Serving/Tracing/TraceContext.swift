import Synchronization

/// Where a request belongs in a distributed trace.
///
/// Plain numbers, so that a request which nobody traces costs no memory for it.
///
/// Source: W3C Trace Context, section 3.2.
package struct TraceContext: Sendable, Equatable {
  /// 128 bits, the same in every process that a request passes.
  package struct TraceID: Sendable, Equatable {
    package var high: UInt64
    package var low: UInt64
  }

  package var trace: TraceID
  /// The span of this server.
  package var span: UInt64
  /// The client's span; nil where the trace begins here.
  package var parent: UInt64?
  /// The lowest bit: whether the spans of this trace are recorded; the next: whether its number is random.
  package var flags: UInt8

  /// Continues the client's trace, or begins one where its header is missing or malformed.
  package init(_ header: String?) {
    span = Self.identifier()
    var header = header ?? ""
    if let (trace, parent, flags) = header.withUTF8(Self.read) {
      self.trace = trace
      self.parent = parent
      self.flags = flags & 3
    } else {
      trace = TraceID(high: Self.identifier(), low: Self.identifier())
      flags = 0
    }
  }

  package var isSampled: Bool {
    get { flags & 1 != 0 }
    set { flags = newValue ? flags | 1 : flags & ~1 }
  }

  package var header: String {
    String(unsafeUninitializedCapacity: 55) { bytes in
      bytes[0] = Self.digit(0)
      bytes[1] = Self.digit(0)
      for dash in [2, 35, 52] { bytes[dash] = UInt8(ascii: "-") }
      Self.write(trace.high, 16, into: bytes, at: 3)
      Self.write(trace.low, 16, into: bytes, at: 19)
      Self.write(span, 16, into: bytes, at: 36)
      Self.write(UInt64(flags), 2, into: bytes, at: 53)
      return 55
    }
  }

  // MARK: Digits

  private static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> (TraceID, UInt64, UInt8)? {
    guard bytes.count >= 55, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
      let version = number(bytes[0..<2]), version != 0xFF,
      // A later version may say more behind another dash.
      bytes.count == 55 || version != 0 && bytes[55] == UInt8(ascii: "-"),
      let high = number(bytes[3..<19]), let low = number(bytes[19..<35]), high | low != 0,
      let parent = number(bytes[36..<52]), parent != 0, let flags = number(bytes[53..<55])
    else { return nil }
    return (TraceID(high: high, low: low), parent, UInt8(truncatingIfNeeded: flags))
  }

  /// Hexadecimal digits, 16 at most, none of them a capital.
  private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }

  private static func digit(_ value: UInt64) -> UInt8 {
    let value = UInt8(truncatingIfNeeded: value & 15)
    return value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
  }

  private static func write(_ value: UInt64, _ count: Int, into bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int)
  {
    for place in 0..<count { bytes[start + place] = digit(value >> UInt64(4 * (count - 1 - place))) }
  }

  // MARK: New numbers

  /// Where the next number comes from: unlike any other process, and no call of the system for each request.
  private static let state = Atomic(UInt64.random(in: .min ... .max))

  /// A number that nobody had before, never 0.
  static func identifier() -> UInt64 {
    var generator = SplitMix(state: state.wrappingAdd(SplitMix.step, ordering: .relaxed).oldValue)
    return max(1, generator.next())
  }

  /// As many digits as that, 16 a word.
  static func hex(_ count: Int) -> String { hex((0..<count).map { _ in identifier() }) }

  fileprivate static func hex(_ words: [UInt64]) -> String {
    String(unsafeUninitializedCapacity: words.count * 16) { bytes in
      for (place, word) in words.enumerated() { write(word, 16, into: bytes, at: place * 16) }
      return words.count * 16
    }
  }
}

extension TraceContext.TraceID: CustomStringConvertible {
  package var description: String { TraceContext.hex([high, low]) }
}
