/// Walks a configuration tree and collects every fault instead of stopping at the first.
///
/// Each getter notes its key as known; `finish()` reports the keys that nobody asked for.
public final class ConfigurationReader {
  /// The faults of a whole tree, shared by the readers of its sections.
  package final class Faults {
    package var list: [ConfigurationFault] = []
  }

  package let path: String
  package let place: String
  package let faults: Faults
  private let entries: [ConfigurationNode.Entry]
  private var known: [String] = []
  /// Whether the section is no section at all, which is reported once and not again for each key it lacks.
  package let isFaulty: Bool

  /// - Parameter path: the dotted key of this section; empty at the root.
  package init(_ node: ConfigurationNode?, path: String = "", place: String, faults: Faults = Faults()) {
    self.path = path
    self.place = node?.place ?? place
    self.faults = faults
    switch node?.content {
    case .map(let entries)?:
      self.entries = entries
      isFaulty = false
    case .null?, nil:
      self.entries = []
      isFaulty = false
    case .scalar?, .list?:
      self.entries = []
      isFaulty = true
      report(
        node, key: nil, expected: "a map of keys",
        remedy: path.isEmpty ? "write `data:`, `model:` and `train:` sections" : "indent the keys of `\(path)` under it"
      )
    }
  }

  /// Whether the section holds `key` with a value.
  package func has(_ key: String) -> Bool {
    entries.contains { $0.key == key && $0.node.content != .null }
  }

  /// The raw node of `key`, nil when it is absent or `null`.
  package func node(_ key: String) -> ConfigurationNode? {
    known.append(key)
    guard let found = entries.last(where: { $0.key == key })?.node, found.content != .null else { return nil }
    return found
  }

  /// Keys present and not yet asked for: what a model's own section may hold.
  package var remainingKeys: [String] {
    entries.map(\.key).filter { !known.contains($0) }
  }

  package func place(of key: String) -> String {
    entries.last(where: { $0.key == key })?.place ?? place
  }

  package func qualified(_ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }

  package func report(_ node: ConfigurationNode?, key: String?, expected: String, remedy: String) {
    faults.list.append(
      ConfigurationFault(
        place: node?.place ?? place, key: key.map(qualified) ?? path, received: node?.summary ?? "nothing",
        expected: expected, remedy: remedy))
  }

  // MARK: Sections

  package func section(_ key: String) -> ConfigurationReader {
    ConfigurationReader(node(key), path: qualified(key), place: place(of: key), faults: faults)
  }

  /// A section that may be written short: `loss: bce` means `loss: {name: bce}`.
  func namedSection(_ key: String) -> ConfigurationReader {
    guard let found = node(key) else { return section(key) }
    if case .scalar = found.content, found.number == nil, found.boolean == nil {
      let entry = ConfigurationNode.Entry(key: "name", place: found.place, node: found)
      return ConfigurationReader(
        ConfigurationNode(place: found.place, content: .map([entry])), path: qualified(key), place: found.place,
        faults: faults)
    }
    return section(key)
  }

  // MARK: Values

  package func integer(_ key: String, default fallback: Int, in range: ClosedRange<Int>) -> Int {
    optionalInteger(key, in: range) ?? fallback
  }

  package func optionalInteger(_ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let node = node(key) else { return nil }
    let bounds =
      range.upperBound == Int.max
      ? "a whole number, \(range.lowerBound) or more" : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    guard let value = node.integer, range.contains(value) else {
      report(node, key: key, expected: bounds, remedy: "give `\(key)` such a number or leave it out")
      return nil
    }
    return value
  }

  package func number(
    _ key: String, default fallback: Double, _ expected: String = "a number",
    where isValid: (Double) -> Bool = { _ in true }
  ) -> Double {
    optionalNumber(key, expected, where: isValid) ?? fallback
  }

  package func optionalNumber(_ key: String, _ expected: String, where isValid: (Double) -> Bool) -> Double? {
    guard let node = node(key) else { return nil }
    guard let value = node.number, value.isFinite, isValid(value) else {
      report(node, key: key, expected: expected, remedy: "give `\(key)` such a number or leave it out")
      return nil
    }
    return value
  }

  package func flag(_ key: String, default fallback: Bool) -> Bool {
    guard let node = node(key) else { return fallback }
    guard let value = node.boolean else {
      report(node, key: key, expected: "true or false", remedy: "write `\(key): true` or `\(key): false`")
      return fallback
    }
    return value
  }

  package func text(_ key: String) -> String? {
    guard let node = node(key) else { return nil }
    guard let value = node.text, !value.isEmpty else {
      report(node, key: key, expected: "text", remedy: "write `\(key): some-text`")
      return nil
    }
    return value
  }

  package func requiredText(_ key: String, expected: String, remedy: String) -> String? {
    guard has(key) else {
      _ = node(key)
      if !isFaulty { report(nil, key: key, expected: expected, remedy: remedy) }
      return nil
    }
    return text(key)
  }

  /// One of a closed set of words, with a guess when it is nearly one of them.
  package func choice(_ key: String, default fallback: String, of choices: [String]) -> String {
    optionalChoice(key, of: choices) ?? fallback
  }

  package func optionalChoice(_ key: String, of choices: [String]) -> String? {
    guard let node = node(key) else { return nil }
    guard let value = node.text, choices.contains(value) else {
      report(
        node, key: key, expected: "one of \(choices.joined(separator: ", "))",
        remedy: Spelling.suggestion(for: node.text ?? "", among: choices) ?? "choose one of them")
      return nil
    }
    return value
  }

  /// `10` or `[5, 10]`; nil when absent or faulty.
  func integers(_ key: String, in range: ClosedRange<Int>) -> [Int]? {
    guard let node = node(key) else { return nil }
    let items: [ConfigurationNode]
    if case .list(let found) = node.content { items = found } else { items = [node] }
    let values = items.compactMap(\.integer).filter(range.contains)
    guard !items.isEmpty, values.count == items.count else {
      let worst = items.first { $0.integer.map(range.contains) != true } ?? node
      report(
        worst, key: key, expected: "a whole number, \(range.lowerBound) or more, or a list of them",
        remedy: "write `\(key): 10` or `\(key): [5, 10]`")
      return nil
    }
    return values
  }

  /// A list of words, `[age, gender]`; nil when absent or faulty.
  package func words(_ key: String) -> [String]? {
    guard let node = node(key) else { return nil }
    guard case .list(let items) = node.content, !items.contains(where: { $0.text == nil }) else {
      report(node, key: key, expected: "a list of names", remedy: "write `\(key): [first, second]`")
      return nil
    }
    return items.compactMap(\.text)
  }

  /// Exactly two numbers, as in `betas: [0.9, 0.999]`.
  func pair(_ key: String, default fallback: (Double, Double), _ expected: String, where isValid: (Double) -> Bool) -> (
    Double, Double
  ) {
    guard let node = node(key) else { return fallback }
    guard case .list(let items) = node.content, items.count == 2, let first = items[0].number,
      let second = items[1].number,
      isValid(first), isValid(second)
    else {
      report(node, key: key, expected: expected, remedy: "write `\(key): [\(fallback.0), \(fallback.1)]`")
      return fallback
    }
    return (first, second)
  }

  // MARK: The end

  /// Reports every key that no getter asked for, with the nearest known one.
  package func finish() {
    for entry in entries where !known.contains(entry.key) {
      faults.list.append(
        ConfigurationFault(
          place: entry.place, key: qualified(entry.key), received: "an unknown key",
          expected: "one of \(uniqueKnown.joined(separator: ", "))",
          remedy: Spelling.suggestion(for: entry.key, among: uniqueKnown) ?? "delete it"))
    }
  }

  private var uniqueKnown: [String] {
    var seen: Set<String> = []
    return known.filter { seen.insert($0).inserted }
  }
}
