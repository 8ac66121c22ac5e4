/// How a version is named: `NAME@ALIAS`, `NAME@3`, or `NAME` for its champion; in a place where a path could stand,
/// `registry:NAME@ALIAS`.
package enum ModelReference {
  static let prefix = "registry:"
  static let champion = "champion"

  enum Target: Equatable {
    case alias(String)
    case version(Int)
  }

  /// - Throws: `RegistryError` for what can't be a name.
  static func parse(_ text: String) throws -> (name: String, target: Target) {
    let text = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    let parts = text.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
    guard let name = parts.first, parts.count <= 2 else {
      throw RegistryError(
        .invalid, "reference \"\(text)\"", received: "more than one @", remedy: "write NAME@ALIAS, NAME@3 or NAME")
    }
    try require(name, "model")
    guard parts.count == 2 else { return (name, .alias(champion)) }
    if let version = Int(parts[1]) { return (name, .version(version)) }
    try require(parts[1], "alias")
    return (name, .alias(parts[1]))
  }

  /// Names become parts of paths, and aliases must not look like versions.
  package static func require(_ name: String, _ kind: String) throws {
    let isPlain = name.utf8.allSatisfy { byte in
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || [45, 46, 95].contains(byte)
    }
    guard isPlain, (1...100).contains(name.utf8.count), name.first != ".", name.first != "-",
      kind == "model" || Int(name) == nil
    else {
      throw RegistryError(
        .invalid, "\(kind) \"\(name)\"", received: "a name that can't be",
        remedy: "use 1 to 100 letters, digits, points, dashes and underscores"
          + (kind == "model" ? "" : ", and not a number alone"))
    }
  }
}
