import Foundation

/// A configuration file as a tree, its overrides applied, before anybody knows what it configures.
package struct ConfigurationSource {
  package let name: String
  package let root: ConfigurationNode
  /// Of the overrides.
  package let faults: [ConfigurationFault]

  package var reader: ConfigurationReader { ConfigurationReader(root, place: "\(name):1") }

  /// A tree that is there already.
  init(name: String, root: ConfigurationNode) {
    (self.name, self.root, faults) = (name, root, [])
  }

  private init(name: String, root: ConfigurationNode, faults: [ConfigurationFault]) {
    (self.name, self.root, self.faults) = (name, root, faults)
  }

  /// The tree without one of its sections, which somebody else reads.
  func without(_ key: String) -> ConfigurationSource {
    guard case .map(let entries) = root.content, entries.contains(where: { $0.key == key }) else { return self }
    let rest = ConfigurationNode(place: root.place, content: .map(entries.filter { $0.key != key }))
    return ConfigurationSource(name: name, root: rest, faults: faults)
  }

  package init(
    path: String, overrides: [String] = [], options: [(text: String, place: String)] = []
  ) throws {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw ConfigurationError([
        ConfigurationFault(
          place: path, key: "", received: "no file that can be read", expected: "a YAML file",
          remedy: "check the path; configs/ holds examples")
      ])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError([
        ConfigurationFault(
          place: path, key: "", received: "bytes that are no UTF-8", expected: "YAML text",
          remedy: "save the file as UTF-8")
      ])
    }
    try self.init(yaml: text, name: path, overrides: overrides, options: options)
  }

  package init(
    yaml: String, name: String, overrides: [String] = [], options: [(text: String, place: String)] = []
  ) throws {
    var root = try ConfigurationNode(yaml: yaml, name: name)
    var faults: [ConfigurationFault] = []
    for (text, place) in overrides.map({ ($0, "--set \($0)") }) + options {
      do {
        try root.apply(override: text, place: place)
      } catch let error as ConfigurationError {
        faults += error.faults
      }
    }
    self.name = name
    self.root = root
    self.faults = faults
  }
}
