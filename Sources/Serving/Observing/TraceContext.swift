import Synchronization

/// Where a request belongs in a distributed trace.
///
/// Source: W3C Trace Context, section 3.2.
package struct TraceContext: Sendable, Equatable {
  /// 32 hexadecimal digits.
  package var trace: String
  /// 16 hexadecimal digits: the span of this server.
  package var span: String
  package var flags: String

  /// Continues the client's trace, or begins one where its header is missing or malformed.
  package init(_ header: String?) {
    let parts = header?.split(separator: "-", omittingEmptySubsequences: false) ?? []
    span = Self.hex(1)
    if parts.count >= 4, parts[0].count == 2, parts[0] != "ff", Self.isHex(parts[1], 32), Self.isHex(parts[2], 16),
      Self.isHex(parts[3], 2), parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
    {
      trace = String(parts[1])
      flags = String(parts[3])
    } else {
      trace = Self.hex(2)
      flags = "00"
    }
  }

  var header: String { "00-\(trace)-\(span)-\(flags)" }

  private static func isHex(_ text: Substring, _ count: Int) -> Bool {
    text.utf8.count == count
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  /// Where the next word comes from: unlike any other process, and no call of the system for each request.
  private static let state = Atomic(UInt64.random(in: .min ... .max))

  /// Digits that nobody had before, 16 a word, never all zero.
  static func hex(_ words: Int) -> String {
    String(unsafeUninitializedCapacity: words * 16) { digits in
      for word in 0..<words {
        var generator = SplitMix(state: state.wrappingAdd(SplitMix.step, ordering: .relaxed).oldValue)
        let bits = max(1, generator.next())
        for place in 0..<16 {
          let digit = UInt8(truncatingIfNeeded: bits >> UInt64(60 - 4 * place)) & 15
          digits[word * 16 + place] = digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
        }
      }
      return words * 16
    }
  }
}
