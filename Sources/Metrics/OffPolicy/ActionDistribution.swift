/// The chance that a policy gives each action at each position, the same in every round or one by one.
///
/// ```swift
/// let uniform = try ActionDistribution.uniform(actionCount: 80, positionCount: 3)
/// let fixed = try ActionDistribution(everyRound: [0.7, 0.2, 0.3, 0.8], actionCount: 2, positionCount: 2)
/// ```
public struct ActionDistribution: Sendable, Equatable {
  public let actionCount: Int
  public let positionCount: Int
  /// Nil when it is the same in every round.
  public let roundCount: Int?
  /// `[A, L]`, or `[N, A]` at each round's own position.
  private let chances: [Double]

  /// A policy that knows no context.
  ///
  /// - Parameter chances: `[A, L]`, row by row; over the actions they sum to 1 at each position.
  /// - Throws: `MetricError` for another length, a chance outside `0...1`, or another sum.
  public init(everyRound chances: [Double], actionCount: Int, positionCount: Int = 1) throws(MetricError) {
    try Self.check(chances, actionCount, positionCount, of: "actions x positions")
    for position in 0..<positionCount {
      let sum = (0..<actionCount).reduce(0.0) { $0 + chances[$1 * positionCount + position] }
      try Self.check(sum: sum, at: position, "position")
    }
    self.actionCount = actionCount
    self.positionCount = positionCount
    roundCount = nil
    self.chances = chances
  }

  /// A policy that looks at the context.
  ///
  /// - Parameter chances: `[N, A]`, row by row: of each action at the position of that round.
  /// - Throws: `MetricError` for another length, a chance outside `0...1`, or another sum.
  public init(byRound chances: [Double], roundCount: Int, actionCount: Int, positionCount: Int = 1) throws(MetricError)
  {
    try Self.check(chances, roundCount, actionCount, of: "rounds x actions")
    for round in 0..<roundCount {
      let sum = chances[round * actionCount..<(round + 1) * actionCount].reduce(0, +)
      try Self.check(sum: sum, at: round, "round")
    }
    self.actionCount = actionCount
    self.positionCount = positionCount
    self.roundCount = roundCount
    self.chances = chances
  }

  /// Each action with the same chance at each position.
  public static func uniform(actionCount: Int, positionCount: Int = 1) throws(MetricError) -> ActionDistribution {
    guard actionCount > 0, positionCount > 0 else {
      throw .lengths(metric: "policy", "actions", actionCount, "positions", positionCount)
    }
    return try ActionDistribution(
      everyRound: [Double](repeating: 1 / Double(actionCount), count: actionCount * positionCount),
      actionCount: actionCount, positionCount: positionCount)
  }

  /// The chance of an action at a position, in a round.
  @inline(__always)
  func chance(_ action: Int, _ position: Int, round: Int) -> Double {
    roundCount == nil ? chances[action * positionCount + position] : chances[round * actionCount + action]
  }

  /// The chance of an action at a position; nil for a policy that looks at the context.
  public func chance(action: Int, position: Int) -> Double? {
    guard roundCount == nil, (0..<actionCount).contains(action), (0..<positionCount).contains(position) else {
      return nil
    }
    return chance(action, position, round: 0)
  }

  private static func check(_ chances: [Double], _ rows: Int, _ columns: Int, of what: String) throws(MetricError) {
    let (product, overflows) = rows.multipliedReportingOverflow(by: columns)
    guard rows > 0, columns > 0, !overflows, chances.count == product else {
      throw .lengths(metric: "policy", "chances", chances.count, what, overflows ? Int.max : product)
    }
    for (place, chance) in chances.enumerated() where !(chance >= 0 && chance <= 1) {
      throw .value(metric: "policy", what: "chance", at: place, got: chance, remedy: "make chances 0 to 1")
    }
  }

  private static func check(sum: Double, at place: Int, _ what: String) throws(MetricError) {
    guard abs(sum - 1) <= 1e-6 else {
      throw .value(
        metric: "policy", what: "sum over the actions of \(what)", at: place, got: sum, remedy: "make chances sum to 1")
    }
  }
}
