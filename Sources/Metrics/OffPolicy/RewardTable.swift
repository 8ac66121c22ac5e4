/// The reward that a model expects of each action in each round, at the round's position.
public struct RewardTable: Sendable, Equatable {
  public let actionCount: Int
  /// `[N, A]`, row by row.
  public let values: [Double]

  /// - Throws: `MetricError` for a length that is no whole number of rounds, or a value that is not finite.
  public init(_ values: [Double], actionCount: Int) throws(MetricError) {
    guard actionCount > 0, values.count.isMultiple(of: actionCount) else {
      throw .lengths(metric: "expected rewards", "values", values.count, "actions", actionCount)
    }
    for (place, value) in values.enumerated() where !value.isFinite {
      throw .value(metric: "expected rewards", what: "value", at: place, got: value, remedy: "check the reward model")
    }
    self.actionCount = actionCount
    self.values = values
  }

  public var roundCount: Int { values.count / actionCount }

  @inline(__always)
  func value(_ action: Int, round: Int) -> Double { values[round * actionCount + action] }
}
