/// What a bandit has logged: in each round an action at a position of the list, the chance it had, and the reward.
///
/// ```swift
/// let rounds = try LoggedRounds(
///   actions: [0, 1, 1], rewards: [1, 0, 1], propensities: [0.5, 0.25, 0.25], actionCount: 3)
/// ```
public struct LoggedRounds: Sendable, Equatable {
  /// `N` numbers in `0..<actionCount`.
  public let actions: [Int32]
  /// `N` numbers in `0..<positionCount`.
  public let positions: [Int32]
  /// `N` numbers in `0...1`.
  public let rewards: [Double]
  /// `N` chances that the logging policy gave the action at that position, above 0.
  public let propensities: [Double]
  public let actionCount: Int
  public let positionCount: Int

  /// `N`.
  public var count: Int { actions.count }

  /// - Parameter positions: all 0 without them.
  /// - Throws: `MetricError` without rounds, for lengths that differ, and with the round of a value outside.
  public init(
    actions: [Int32], positions: [Int32]? = nil, rewards: [Double], propensities: [Double], actionCount: Int,
    positionCount: Int = 1
  ) throws(MetricError) {
    let positions = positions ?? [Int32](repeating: 0, count: actions.count)
    guard !actions.isEmpty else { throw .lengths(metric: "off-policy evaluation", "rounds", 0, "at least", 1) }
    for (name, count) in [
      ("positions", positions.count), ("rewards", rewards.count), ("propensities", propensities.count),
    ] where count != actions.count {
      throw .lengths(metric: "off-policy evaluation", name, count, "actions", actions.count)
    }
    func demand(_ holds: Bool, _ what: String, _ round: Int, _ got: Double, _ remedy: String) throws(MetricError) {
      if !holds {
        throw .value(metric: "off-policy evaluation", what: what, at: round, got: got, remedy: remedy)
      }
    }
    for round in actions.indices {
      let (action, position) = (Int(actions[round]), Int(positions[round]))
      try demand(
        (0..<max(0, actionCount)).contains(action), "action", round, Double(action), "number actions 0..<\(actionCount)"
      )
      try demand(
        (0..<max(0, positionCount)).contains(position), "position", round, Double(position),
        "number positions 0..<\(positionCount)")
      try demand(
        rewards[round] >= 0 && rewards[round] <= 1, "reward", round, rewards[round], "scale rewards to 0...1")
      try demand(
        propensities[round] > 0 && propensities[round] <= 1, "propensity", round, propensities[round],
        "give the chance that the logging policy gave the action, above 0 and up to 1")
    }
    self.actions = actions
    self.positions = positions
    self.rewards = rewards
    self.propensities = propensities
    self.actionCount = actionCount
    self.positionCount = positionCount
  }

  /// The mean reward: what the logging policy itself is worth.
  public var meanReward: Double { rewards.reduce(0, +) / Double(count) }
}
