import Models

extension ConfigurationReader {
  /// A section that has to be there: its own keys are reported as missing where it is not.
  func requiredSection(_ key: String) -> ConfigurationReader {
    guard has(key) else {
      _ = node(key)
      return ConfigurationReader(nil, path: key, place: place, faults: faults)
    }
    return namedSection(key)
  }

  /// Reads this section as that of a model: its name, and the keys that are the model's own.
  ///
  /// - Parameters:
  ///   - names: the models that may be named.
  ///   - keys: those that a model takes.
  /// - Returns: nil, and the faults, when it could not be read.
  func model<Model>(
    of names: [String], parse: (String, [String: ParameterValue]) -> (configuration: Model?, faults: [ModelFault]),
    keys: (Model) -> [String]
  ) -> Model? {
    let expected = "one of \(names.joined(separator: ", "))"
    guard
      let name = requiredText("name", expected: expected, remedy: "write `name: \(names.dropFirst().first ?? "mf")`")
    else { return nil }
    guard names.contains(name) else {
      report(
        node("name"), key: "name", expected: expected,
        remedy: Spelling.suggestion(for: name, among: names) ?? "choose one of them")
      return nil
    }
    let before = faults.list.count
    var parameters: [String: ParameterValue] = [:]
    for key in remainingKeys {
      guard let node = node(key) else { continue }
      guard let value = ParameterValue(node) else {
        report(node, key: key, expected: "a number, a flag, text or a list of whole numbers", remedy: "write it so")
        continue
      }
      parameters[key] = value
    }
    let (configuration, found) = parse(name, parameters)
    let known = parse(name, [:]).configuration.map(keys) ?? []
    for fault in found {
      if fault.kind == .unknownParameter {
        faults.list.append(
          ConfigurationFault(
            place: place(of: fault.parameter), key: qualified(fault.parameter), received: "an unknown key",
            expected: known.isEmpty
              ? "no key but name (model \(name) has none)" : "one of name, \(known.joined(separator: ", "))",
            remedy: Spelling.suggestion(for: fault.parameter, among: known) ?? "delete it"))
      } else {
        report(
          node(fault.parameter), key: fault.parameter, expected: fault.allowed,
          remedy: "give `\(fault.parameter)` such a value or leave it out")
      }
    }
    return faults.list.count == before ? configuration : nil
  }
}

extension ParameterValue {
  fileprivate init?(_ node: ConfigurationNode) {
    if let integer = node.integer {
      self = .integer(integer)
    } else if let number = node.number {
      self = .number(number)
    } else if let flag = node.boolean {
      self = .boolean(flag)
    } else if let text = node.text {
      self = .text(text)
    } else if case .list(let items) = node.content, items.allSatisfy({ $0.integer != nil }) {
      self = .integers(items.compactMap(\.integer))
    } else {
      return nil
    }
  }

  var node: ConfigurationNode {
    switch self {
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .boolean(let value): .boolean(value)
    case .text(let value): .text(value)
    case .integers(let values): .list(values.map(ConfigurationNode.integer))
    }
  }
}

extension ConfigurationNode {
  /// A model's section.
  static func model(_ name: String, _ parameters: [(key: String, value: ParameterValue)]) -> ConfigurationNode {
    .map([("name", .text(name))] + parameters.map { ($0.key, $0.value.node) })
  }
}
