extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }

  /// Whole milliseconds, rounded up, so that no positive duration becomes 0.
  var milliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    if overflow { return seconds < 0 ? 0 : .max / 1_000_000 }
    return whole + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
  }
}

/// Lends an array of C strings for the length of a call.
func withStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws -> R) throws -> R {
  let bytes = strings.map { ContiguousArray($0.utf8CString) }
  func lend(_ rest: ArraySlice<ContiguousArray<CChar>>, _ lent: [UnsafePointer<CChar>?]) throws -> R {
    guard let first = rest.first else {
      return try (lent + [nil]).withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else {
          throw DistributedError(
            .invalidArgument, operation: "store", message: "no keys were given", remedy: "name at least one key")
        }
        return try body(base)
      }
    }
    return try first.withUnsafeBufferPointer { try lend(rest.dropFirst(), lent + [$0.baseAddress]) }
  }
  return try lend(bytes[...], [])
}
