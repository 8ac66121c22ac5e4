/// What stands behind the `?`.
struct QueryOptions {
  private var values: [String: String] = [:]

  /// - Throws: `ServingError` for what is no query.
  init(_ text: Substring?) throws(ServingError) {
    for pair in text?.split(separator: "&") ?? [] {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let key = PercentText.decoded(parts[0], plusIsSpace: true),
        let value = parts.count == 2 ? PercentText.decoded(parts[1], plusIsSpace: true) : ""
      else { throw .invalid("the query is not percent-encoded UTF-8; encode it") }
      values[key] = value
    }
  }

  func text(_ key: String) throws(ServingError) -> String? {
    guard let value = values[key] else { return nil }
    return try Limits.text(value, key)
  }

  func top() throws(ServingError) -> Int {
    guard let value = values["top"] else { return 10 }
    return try Limits.top(Int(value), received: "\"\(value.prefix(20))\"")
  }

  /// `true` and `1`, `false` and `0`.
  func flag(_ key: String, default preset: Bool) throws(ServingError) -> Bool {
    switch values[key] {
    case nil: return preset
    case "true", "1", "": return true
    case "false", "0": return false
    case let value?: throw .invalid("\(key): received \"\(value.prefix(20))\", expected true or false")
    }
  }
}

/// What a field of a request may hold.
enum Limits {
  static let top = 1000
  static let items = 10_000
  static let textBytes = 256

  static func top(_ value: Int?, received: String) throws(ServingError) -> Int {
    guard let value, (1...top).contains(value) else {
      throw .invalid("top: received \(received), expected a whole number from 1 to \(top)")
    }
    return value
  }

  static func text(_ value: String, _ place: String) throws(ServingError) -> String {
    guard !value.isEmpty, value.utf8.count <= textBytes, !value.unicodeScalars.contains(where: { $0.value < 0x20 })
    else {
      throw .invalid(
        "\(place): received \(value.utf8.count) bytes, expected 1 to \(textBytes) bytes of text without control characters"
      )
    }
    return value
  }
}
