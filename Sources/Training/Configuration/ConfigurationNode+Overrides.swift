extension ConfigurationNode {
  /// Applies one `--set a.b=c`: the value is read as YAML, so that `k=[5, 10]` is a list.
  ///
  /// - Throws: `ConfigurationError` that names the override when it has no `=`, an empty key, or goes through
  ///   a value that is no map.
  public mutating func apply(override text: String) throws {
    try apply(override: text, place: "--set \(text)")
  }

  /// - Parameter place: what faults call the override, for one that came from an option of its own.
  public mutating func apply(override text: String, place: String) throws {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw ConfigurationError([
        ConfigurationFault(
          place: place, key: "", received: "no key or no `=`", expected: "key.key=value",
          remedy: "for example --set train.epochs=5")
      ])
    }
    let path = text[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard !path.contains("") else {
      throw ConfigurationError([
        ConfigurationFault(
          place: place, key: String(text[..<equals]), received: "an empty part in the key", expected: "key.key=value",
          remedy: "for example --set train.epochs=5")
      ])
    }
    let parsed = try ConfigurationNode(yaml: String(text[text.index(after: equals)...]), name: place)
    let isEmpty = text.index(after: equals) == text.endIndex
    let value = isEmpty ? ConfigurationNode(place: place, content: .null) : parsed.relocated(to: place)
    try set(path[...], to: value, place: place, whole: String(text[..<equals]))
  }

  private mutating func set(
    _ path: ArraySlice<String>, to value: ConfigurationNode, place: String, whole: String
  ) throws {
    guard let key = path.first else {
      self = value
      return
    }
    var entries: [Entry]
    switch content {
    case .map(let found): entries = found
    case .null: entries = []
    case .scalar(let text, _) where number == nil && boolean == nil:
      // `loss: bce` is short for `loss: {name: bce}`, so an override may reach into it.
      entries = [
        Entry(
          key: "name", place: self.place,
          node: ConfigurationNode(place: self.place, content: .scalar(text, isQuoted: false)))
      ]
    case .scalar, .list:
      throw ConfigurationError([
        ConfigurationFault(
          place: place, key: whole, received: "\(summary) (\(self.place)) in the way", expected: "a map",
          remedy: "set the key above it instead")
      ])
    }
    if let found = entries.lastIndex(where: { $0.key == key }) {
      try entries[found].node.set(path.dropFirst(), to: value, place: place, whole: whole)
      entries[found].place = place
    } else {
      var child = ConfigurationNode(place: place, content: .null)
      try child.set(path.dropFirst(), to: value, place: place, whole: whole)
      entries.append(Entry(key: key, place: place, node: child))
    }
    content = .map(entries)
  }

  private func relocated(to place: String) -> ConfigurationNode {
    var moved = self
    moved.place = place
    switch content {
    case .list(let items): moved.content = .list(items.map { $0.relocated(to: place) })
    case .map(let entries):
      moved.content = .map(
        entries.map { Entry(key: $0.key, place: place, node: $0.node.relocated(to: place)) })
    case .null, .scalar: break
    }
    return moved
  }
}
