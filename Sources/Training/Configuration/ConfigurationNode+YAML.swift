extension ConfigurationNode {
  /// The tree as YAML text that reads back as the same tree.
  public var yaml: String {
    var out = ""
    write(into: &out, indent: 0)
    return out
  }

  private func write(into out: inout String, indent: Int) {
    guard case .map(let entries) = content else {
      out += inline + "\n"
      return
    }
    for entry in entries {
      out += String(repeating: "  ", count: indent) + Self.scalarText(entry.key, isQuoted: false) + ":"
      if case .map(let children) = entry.node.content, !children.isEmpty {
        out += "\n"
        entry.node.write(into: &out, indent: indent + 1)
      } else if case .list(let items) = entry.node.content, items.contains(where: { $0.entries != nil }) {
        // A list of maps reads better with a map a line.
        out += "\n"
        for item in items { out += String(repeating: "  ", count: indent + 1) + "- \(item.inline)\n" }
      } else {
        out += " " + entry.node.inline + "\n"
      }
    }
  }

  /// The value on one line, as it may stand behind `key:`.
  var inline: String {
    switch content {
    case .null: return "null"
    case .scalar(let text, let isQuoted): return Self.scalarText(text, isQuoted: isQuoted)
    case .list(let items): return "[" + items.map(\.inline).joined(separator: ", ") + "]"
    case .map(let entries):
      return "{"
        + entries.map { "\(Self.scalarText($0.key, isQuoted: false)): \($0.node.inline)" }.joined(separator: ", ") + "}"
    }
  }

  private static func scalarText(_ text: String, isQuoted: Bool) -> String {
    let isPlain =
      !isQuoted && !text.isEmpty && text.first != "-" && text.first != "@"
      && text.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || $0.properties.numericType != nil || "_./@+-".unicodeScalars.contains($0))
      }
    // A negative number is the one plain text that may begin with a dash.
    if isPlain || (!isQuoted && Double(text) != nil) { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}

extension ConfigurationNode {
  /// A builder for trees that come from values instead of files.
  static func map(_ entries: [(String, ConfigurationNode?)]) -> ConfigurationNode {
    ConfigurationNode(
      place: "", content: .map(entries.compactMap { key, node in node.map { Entry(key: key, place: "", node: $0) } }))
  }

  static func text(_ value: String) -> ConfigurationNode {
    // Text that would read back as a number or a flag has to keep its quotes.
    let bare = ConfigurationNode(place: "", content: .scalar(value, isQuoted: false))
    let isAmbiguous =
      bare.number != nil || bare.boolean != nil || ["", "~", "null", "Null", "NULL"].contains(value)
    return ConfigurationNode(place: "", content: .scalar(value, isQuoted: isAmbiguous))
  }

  static func integer(_ value: Int) -> ConfigurationNode {
    ConfigurationNode(place: "", content: .scalar("\(value)", isQuoted: false))
  }

  static func number(_ value: Double) -> ConfigurationNode {
    ConfigurationNode(place: "", content: .scalar("\(value)", isQuoted: false))
  }

  static func boolean(_ value: Bool) -> ConfigurationNode {
    ConfigurationNode(place: "", content: .scalar(value ? "true" : "false", isQuoted: false))
  }

  static func list(_ items: [ConfigurationNode]) -> ConfigurationNode {
    ConfigurationNode(place: "", content: .list(items))
  }
}
