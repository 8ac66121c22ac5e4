/// The mean of each ranking metric, by name, in the order of the table.
public struct RankingReport: Sendable, CustomStringConvertible {
  /// `("hr@10", 0.71)`, `("ndcg@10", 0.43)`, ...
  public let values: [(name: String, value: Double)]
  /// Queries with a relevant item: those the means are over.
  public let queryCount: Int
  /// Queries that had none and count for coverage and novelty alone.
  public let skippedCount: Int

  public init(values: [(name: String, value: Double)], queryCount: Int, skippedCount: Int) {
    self.values = values
    self.queryCount = queryCount
    self.skippedCount = skippedCount
  }

  /// A metric by its name, nil when it was not measured.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

  public var description: String {
    values.map { "\($0.name) \($0.value)" }.joined(separator: ", ") + " over \(queryCount) queries"
  }
}
