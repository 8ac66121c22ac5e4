/// What estimators are asked: the worth of a policy, given what another one has logged.
public struct OffPolicyQuestion: Sendable {
  public let rounds: LoggedRounds
  public let policy: ActionDistribution
  public let rewards: RewardTable?
  /// The policy's chance of each round's action over its propensity.
  public let weights: [Double]

  /// - Parameters:
  ///   - rounds: of the logging policy.
  ///   - policy: the one to evaluate.
  ///   - rewards: expected ones, for the estimators that need them.
  /// - Throws: `MetricError` when the three are not of the same rounds, actions and positions.
  public init(rounds: LoggedRounds, policy: ActionDistribution, rewards: RewardTable? = nil) throws(MetricError) {
    func same(_ mine: Int, _ what: String, _ theirs: Int, _ other: String) throws(MetricError) {
      if mine != theirs { throw .lengths(metric: "off-policy evaluation", what, mine, other, theirs) }
    }
    try same(policy.actionCount, "actions of the policy", rounds.actionCount, "actions of the log")
    try same(policy.positionCount, "positions of the policy", rounds.positionCount, "positions of the log")
    if let count = policy.roundCount { try same(count, "rounds of the policy", rounds.count, "rounds of the log") }
    if let rewards {
      try same(rewards.actionCount, "actions of the expected rewards", rounds.actionCount, "actions of the log")
      try same(rewards.roundCount, "rounds of the expected rewards", rounds.count, "rounds of the log")
    }
    self.rounds = rounds
    self.policy = policy
    self.rewards = rewards
    weights = (0..<rounds.count).map { round in
      policy.chance(Int(rounds.actions[round]), Int(rounds.positions[round]), round: round) / rounds.propensities[round]
    }
  }

  /// How many rounds of equal weight would tell as much: the squared sum of the weights over the sum of their squares.
  ///
  /// Kong 1992, "A note on importance sampling using standardized weights".
  public var effectiveSampleSize: Double {
    let sum = weights.reduce(0, +)
    let squares = weights.reduce(0) { $0 + $1 * $1 }
    return squares > 0 ? sum * sum / squares : 0
  }

  /// 1 on average when the logging policy had a chance for whatever the policy would do.
  public var meanWeight: Double { weights.reduce(0, +) / Double(weights.count) }
  public var largestWeight: Double { weights.max() ?? 0 }

  /// What the model expects of the policy in each round.
  func expectedRewards(_ rewards: RewardTable) -> [Double] {
    (0..<rounds.count).map { round in
      let position = Int(rounds.positions[round])
      var sum = 0.0
      for action in 0..<rounds.actionCount {
        sum += policy.chance(action, position, round: round) * rewards.value(action, round: round)
      }
      return sum
    }
  }

  func needed(by name: String) throws(MetricError) -> RewardTable {
    guard let rewards else {
      throw .lengths(metric: name, "expected rewards", 0, "rounds", rounds.count)
    }
    return rewards
  }
}
