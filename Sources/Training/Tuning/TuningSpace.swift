import Features
import Foundation

/// What a search may change, and how each value is drawn.
///
/// ```yaml
/// train.optimizer.lr: {log_uniform: [1e-4, 1e-1]}
/// model.factors: {choice: [16, 32]}
/// model.dropout: {uniform: [0, 0.5]}
/// model.layers: {integer: [1, 4]}
/// ```
public struct TuningSpace: Sendable, Equatable {
  public enum Values: Sendable, Equatable {
    /// One of these, each as likely as the next.
    case choice([ConfigurationNode])
    case uniform(ClosedRange<Double>)
    /// Uniform in the logarithm: as likely between 0.001 and 0.01 as between 0.01 and 0.1.
    case logUniform(ClosedRange<Double>)
    /// A whole number, both ends included.
    case integer(ClosedRange<Int>)
  }

  public struct Dimension: Sendable, Equatable {
    /// As `--set` takes it: `train.optimizer.lr`.
    public var key: String
    public var values: Values
    /// Where it stands in the file.
    public var place: String
  }

  public var dimensions: [Dimension]

  /// - Throws: `ConfigurationError` with every fault of the file at once.
  public static func load(_ path: String) throws -> TuningSpace {
    try TuningSpace(ConfigurationSource(path: path))
  }

  /// - Parameter name: what faults call the text.
  public init(yaml: String, name: String) throws {
    try self.init(ConfigurationSource(yaml: yaml, name: name))
  }

  private init(_ source: ConfigurationSource) throws {
    let reader = source.reader
    dimensions = reader.remainingKeys.compactMap { key in
      let section = reader.section(key)
      return Values(section).map { Dimension(key: key, values: $0, place: section.place) }
    }
    var faults = source.faults + reader.faults.list
    if dimensions.isEmpty, faults.isEmpty {
      faults.append(
        ConfigurationFault(
          place: reader.place, key: "", received: "nothing to search", expected: "keys with the values they may have",
          remedy: "write `train.optimizer.lr: {log_uniform: [1e-4, 1e-1]}`"))
    }
    guard faults.isEmpty else { throw ConfigurationError(faults) }
  }

  /// What is searched, whatever the file was called.
  var text: String {
    dimensions.map { dimension in
      switch dimension.values {
      case .choice(let items): "\(dimension.key): choice [\(items.map(\.inline).joined(separator: ", "))]"
      case .uniform(let range): "\(dimension.key): uniform \(range)"
      case .logUniform(let range): "\(dimension.key): log_uniform \(range)"
      case .integer(let range): "\(dimension.key): integer \(range)"
      }
    }.joined(separator: "\n")
  }

  /// Draws different settings.
  ///
  /// - Returns: `count` of them, fewer where the space does not have so many; same seed, same settings.
  func draw(_ count: Int, seed: UInt64) -> [TuningSettings] {
    var drawn: [TuningSettings] = []
    var seen: Set<String> = []
    // A small space runs out of new settings; this many vain draws are no accident.
    let attempts = 100 * count
    for attempt in 0..<attempts where drawn.count < count {
      var random = RandomStream(seed: seed, 0x7475_6e65, UInt64(attempt))
      let values = dimensions.map { ($0.key, $0.values.draw(&random)) }
      let settings = TuningSettings(values.map { .init(key: $0.0, value: $0.1.inline) })
      if seen.insert(settings.description).inserted { drawn.append(settings) }
    }
    return drawn
  }
}

/// The values of one trial, each as YAML text.
public struct TuningSettings: Sendable, Equatable, Codable, CustomStringConvertible {
  public struct Value: Sendable, Equatable, Codable {
    public var key: String
    public var value: String
  }

  public var values: [Value]

  init(_ values: [Value]) { self.values = values }

  public var description: String { values.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
}

extension TuningSpace.Values {
  /// - Returns: nil, and a fault, when the section is no description of values.
  init?(_ reader: ConfigurationReader) {
    let names = ["choice", "uniform", "log_uniform", "integer"]
    guard !reader.isFaulty else { return nil }
    let keys = reader.remainingKeys
    guard keys.count == 1, let name = keys.first, names.contains(name) else {
      reader.faults.list.append(
        ConfigurationFault(
          place: reader.place, key: reader.path, received: keys.isEmpty ? "nothing" : keys.joined(separator: ", "),
          expected: "one of \(names.joined(separator: ", "))",
          remedy: keys.first.flatMap { Spelling.suggestion(for: $0, among: names) }
            ?? "write `{uniform: [0, 1]}` or `{choice: [a, b]}`"))
      return nil
    }
    let node = reader.node(name)
    guard case .list(let items)? = node?.content, !items.isEmpty else {
      reader.report(node, key: name, expected: "a list", remedy: "write `\(name): [1, 2]`")
      return nil
    }
    if name == "choice" {
      self = .choice(items)
      return
    }
    let bounds = items.compactMap(\.number)
    guard bounds.count == 2, items.count == 2, bounds[0] < bounds[1], bounds.allSatisfy(\.isFinite) else {
      reader.report(node, key: name, expected: "two numbers, the smaller one first", remedy: "write `\(name): [1, 2]`")
      return nil
    }
    switch name {
    case "uniform": self = .uniform(bounds[0]...bounds[1])
    case "log_uniform":
      guard bounds[0] > 0 else {
        reader.report(items[0], key: name, expected: "a number above 0", remedy: "write `log_uniform: [1e-4, 1e-1]`")
        return nil
      }
      self = .logUniform(bounds[0]...bounds[1])
    default:
      guard let low = items[0].integer, let high = items[1].integer else {
        reader.report(node, key: name, expected: "two whole numbers", remedy: "write `integer: [1, 4]`")
        return nil
      }
      self = .integer(low...high)
    }
  }

  func draw(_ random: inout RandomStream) -> ConfigurationNode {
    switch self {
    case .choice(let items): items[random.next(below: items.count)]
    case .uniform(let range):
      .number(Self.rounded(range.lowerBound + (range.upperBound - range.lowerBound) * random.nextUnit(), in: range))
    case .logUniform(let range):
      .number(
        Self.rounded(
          exp(log(range.lowerBound) + (log(range.upperBound) - log(range.lowerBound)) * random.nextUnit()), in: range))
    case .integer(let range): .integer(Int.random(in: range, using: &random))
    }
  }

  /// Four digits: what a person can read and write down.
  private static func rounded(_ value: Double, in range: ClosedRange<Double>) -> Double {
    let short = Double(String(format: "%.4g", value)) ?? value
    return min(max(short, range.lowerBound), range.upperBound)
  }
}
