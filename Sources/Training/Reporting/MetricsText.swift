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
      let inner = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
      let number = Int64(exactly: value).map { "\($0)" } ?? (value == .infinity ? "+Inf" : "\(value)")
      text += "\(name)\(inner.isEmpty ? "" : "{\(inner)}") \(number)\n"
    }
  }

  private static func escaped(_ label: String) -> String {
    label.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
