/// The value of each metric of a ranker, by name, in the order of a table.
public struct RankerReport: Sendable, CustomStringConvertible {
  /// `("auc", 0.79)`, ..., `("window_auc", 0.80)`, ...; with several goals `("click/auc", 0.79)`.
  public let values: [(name: String, value: Double)]
  /// Rows that were measured.
  public let count: Int

  public init(values: [(name: String, value: Double)], count: Int) {
    self.values = values
    self.count = count
  }

  /// A metric by its name, nil when it was not measured.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

  public var description: String {
    values.map { "\($0.name) \($0.value)" }.joined(separator: ", ") + " over \(count) samples"
  }
}
