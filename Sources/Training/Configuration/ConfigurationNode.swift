import Yams

/// A YAML value that remembers where it was written, so that a fault can name its line.
public struct ConfigurationNode: Sendable, Equatable {
  public enum Content: Sendable, Equatable {
    case null
    /// `isQuoted` keeps `"8"` text where a bare `8` is a number.
    case scalar(String, isQuoted: Bool)
    case list([ConfigurationNode])
    case map([Entry])
  }

  public struct Entry: Sendable, Equatable {
    public var key: String
    /// Where the key itself stands.
    public var place: String
    public var node: ConfigurationNode

    package init(key: String, place: String, node: ConfigurationNode) {
      self.key = key
      self.place = place
      self.node = node
    }
  }

  public var place: String
  public var content: Content

  public init(place: String, content: Content) {
    self.place = place
    self.content = content
  }

  /// The value as a user would recognise it: `8`, `"8"`, `a map of 3 keys`.
  public var summary: String {
    switch content {
    case .null: return "nothing"
    case .scalar(let text, let isQuoted): return isQuoted ? "\"\(text)\"" : text
    case .list(let items): return "a list of \(items.count)"
    case .map(let entries): return entries.count == 1 ? "a map of 1 key" : "a map of \(entries.count) keys"
    }
  }

  /// The kind of the value, for faults about a wrong type.
  var kind: String {
    switch content {
    case .null: return "nothing"
    case .scalar(_, let isQuoted):
      return isQuoted || (integer == nil && number == nil && boolean == nil) ? "text" : "a number or a flag"
    case .list: return "a list"
    case .map: return "a map"
    }
  }

  package var integer: Int? {
    guard case .scalar(let text, false) = content else { return nil }
    return Int(text.filter { $0 != "_" })
  }

  package var number: Double? {
    guard case .scalar(let text, false) = content else { return nil }
    // Swift reads "nan", "inf" and "0x10" as numbers; a configuration has no use for any of them.
    guard text.allSatisfy({ $0.isNumber || "+-.eE_".contains($0) }) else { return nil }
    return Double(text.filter { $0 != "_" })
  }

  package var boolean: Bool? {
    guard case .scalar(let text, false) = content else { return nil }
    switch text {
    case "true", "True", "yes", "on": return true
    case "false", "False", "no", "off": return false
    default: return nil
    }
  }

  /// Text of a scalar, quoted or not; nil for anything else.
  package var text: String? {
    guard case .scalar(let text, _) = content else { return nil }
    return text
  }

  package var entries: [Entry]? {
    guard case .map(let entries) = content else { return nil }
    return entries
  }
}

extension ConfigurationNode {
  /// Reads YAML text.
  ///
  /// - Parameter name: the file as faults should call it.
  /// - Throws: `ConfigurationError` with the line when the text is no YAML.
  public init(yaml: String, name: String) throws {
    do {
      guard let root = try Yams.compose(yaml: yaml) else {
        self.init(place: "\(name):1", content: .map([]))
        return
      }
      try self.init(root, name: name, line: 1)
    } catch let error as YamlError {
      throw ConfigurationError([Self.fault(for: error, name: name)])
    }
  }

  private init(_ node: Node, name: String, line: Int) throws {
    let line = node.mark?.line ?? line
    let place = "\(name):\(line)"
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
      self.init(
        place: place, content: isNull ? .null : .scalar(scalar.string, isQuoted: !isPlain))
    case .sequence(let items):
      self.init(
        place: place, content: .list(try items.map { try ConfigurationNode($0, name: name, line: line) }))
    case .mapping(let pairs):
      var entries: [Entry] = []
      for (key, value) in pairs {
        let keyLine = key.mark?.line ?? line
        guard case .scalar(let scalar) = key else {
          throw ConfigurationError([
            ConfigurationFault(
              place: "\(name):\(keyLine)", key: "", received: "a list or a map as a key", expected: "a plain key",
              remedy: "write `key: value`")
          ])
        }
        let child = try ConfigurationNode(value, name: name, line: keyLine)
        entries.append(Entry(key: scalar.string, place: "\(name):\(keyLine)", node: child))
      }
      self.init(place: place, content: .map(entries))
    case .alias:
      throw ConfigurationError([
        ConfigurationFault(
          place: place, key: "", received: "an alias that was never defined", expected: "a value",
          remedy: "define the anchor above it or write the value out")
      ])
    }
  }

  private static func fault(for error: YamlError, name: String) -> ConfigurationFault {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return ConfigurationFault(
        place: "\(name):\(mark.line)", key: "", received: "text that is no YAML (\(problem))", expected: "YAML",
        remedy: "check the indentation and the colons at and above column \(mark.column)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.joined(separator: ", ")
      return ConfigurationFault(
        place: "\(name):\(context.mark.line)", key: keys, received: "the key more than once", expected: "each key once",
        remedy: "delete all but one")
    default:
      return ConfigurationFault(
        place: name, key: "", received: "text that is no YAML (\(error))", expected: "YAML",
        remedy: "check the file; an empty one takes every default but data.name and model.name")
    }
  }
}
