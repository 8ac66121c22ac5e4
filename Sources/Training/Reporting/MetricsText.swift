/// Builds text in Prometheus' exposition format.
public struct MetricsText {
  public private(set) var text = ""

  public init() {}

  /// A metric that goes up and down, with its values by label.
  public mutating func gauge(_ name: String, _ help: String, _ values: [(labels: [(String, String)], value: Double)]) {
    family(name, "gauge", help, values)
  }

  /// A metric that only grows; its name ends with `_total`.
  public mutating func counter(_ name: String, _ help: String, _ values: [(labels: [(String, String)], value: Double)])
  {
    family(name, "counter", help, values)
  }

  private mutating func family(
    _ name: String, _ type: String, _ help: String, _ values: [(labels: [(String, String)], value: Double)]
  ) {
    let values = values.filter { !$0.value.isNaN }
    guard !values.isEmpty else { return }
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    for (labels, value) in values {
      let inner = labels.map { "\($0.0)=\(Self.quoted($0.1))" }.joined(separator: ",")
      text += "\(name)\(inner.isEmpty ? "" : "{\(inner)}") \(Self.number(value))\n"
    }
  }

  /// A label's value as it stands behind `=`.
  package static func quoted(_ label: String) -> String {
    // As nearly all names and versions are.
    let isPlain = label.utf8.allSatisfy { $0 != 0x22 && $0 != 0x5C && $0 != 0x0A }
    if isPlain { return "\"\(label)\"" }
    return "\"" + label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
  }

  /// A whole number has no point.
  package static func number(_ value: Double) -> String {
    if let whole = Int64(exactly: value) { return "\(whole)" }
    return value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)"
  }
}
