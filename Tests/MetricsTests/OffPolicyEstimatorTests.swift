import Foundation
import RecommenderMetrics
import Testing

@Suite struct OffPolicyEstimatorTests {
  static let estimators: [any OffPolicyEstimator] = [IPS(), SNIPS(), DirectMethod(), DoublyRobust()]

  @Test func byHand() throws {
    let rounds = try LoggedRounds(
      actions: [0, 1, 1], rewards: [1, 0, 1], propensities: [0.5, 0.5, 0.25], actionCount: 2)
    let policy = try ActionDistribution(everyRound: [0.25, 0.75], actionCount: 2)
    let rewards = try RewardTable([0.5, 0, 0.5, 0, 0.5, 0.25], actionCount: 2)
    let question = try OffPolicyQuestion(rounds: rounds, policy: policy, rewards: rewards)
    #expect(question.weights == [0.5, 1.5, 3])
    #expect(IPS().terms(of: question).value == 3.5 / 3)
    #expect(SNIPS().terms(of: question).value == 3.5 / 5)
    #expect(try DirectMethod().terms(of: question).value == (0.125 + 0.125 + 0.3125) / 3)
    #expect(try DoublyRobust().terms(of: question).value == (0.125 + 0.125 + 0.3125 + 0.25 + 0 + 2.25) / 3)
    #expect(near(question.effectiveSampleSize, 25 / 11.5))
    #expect(question.largestWeight == 3)
    #expect(rounds.meanReward == 2.0 / 3)
  }

  /// Policy and expected rewards that differ from round to round, then a policy that knows no context.
  @Test func matchesOBP() throws {
    let golden = try OffPolicyGolden.load().made
    let rounds = try golden.rounds()
    let rewards = try RewardTable(golden.q_hat, actionCount: golden.actions)
    for (policy, values) in [
      (
        try ActionDistribution(
          byRound: golden.policy, roundCount: rounds.count, actionCount: golden.actions,
          positionCount: golden.positions), golden.values
      ),
      (
        try ActionDistribution(
          everyRound: golden.fixed, actionCount: golden.actions, positionCount: golden.positions), golden.fixed_values
      ),
    ] {
      let question = try OffPolicyQuestion(rounds: rounds, policy: policy, rewards: rewards)
      for estimator in Self.estimators {
        let expected = try #require(values[estimator.name])
        let terms = try estimator.terms(of: question)
        #expect(near(terms.value, expected.value, 1e-12), "\(estimator.name)")
        #expect(near(terms.standardError, expected.standard_error, 1e-12), "\(estimator.name)")
        guard let normal = expected.normal else { continue }
        let interval = try #require(try terms.normalInterval(level: 0.9))
        #expect(near(interval.lower, normal[0], 1e-12) && near(interval.upper, normal[1], 1e-12), "\(estimator.name)")
      }
    }
  }

  @Test func bootstrapIsAsWideAsTheNormal() throws {
    let golden = try OffPolicyGolden.load().made
    let question = try OffPolicyQuestion(
      rounds: golden.rounds(),
      policy: ActionDistribution(
        everyRound: golden.fixed, actionCount: golden.actions, positionCount: golden.positions),
      rewards: RewardTable(golden.q_hat, actionCount: golden.actions))
    for estimator in Self.estimators {
      let terms = try estimator.terms(of: question)
      var random = TestRandom(seed: 1)
      let drawn = try #require(try terms.bootstrapInterval(resamples: 4_000, level: 0.9, using: &random))
      let normal = try #require(try terms.normalInterval(level: 0.9))
      let ratio = (drawn.upper - drawn.lower) / (normal.upper - normal.lower)
      #expect(ratio > 0.85 && ratio < 1.1, "\(estimator.name): \(ratio)")
      #expect(drawn.lower < (terms.value ?? 0) && (terms.value ?? 0) < drawn.upper)
      // The same stream, the same bits; another stream, others.
      var again = TestRandom(seed: 1)
      #expect(try terms.bootstrapInterval(resamples: 4_000, level: 0.9, using: &again) == drawn)
      #expect(try terms.bootstrapInterval(resamples: 4_000, level: 0.9, using: &again) != drawn)
    }
  }

  /// In logs made by a policy with known rewards, intervals hold the truth as often as they say.
  @Test func intervalsHoldTheTruth() throws {
    let rates = [0.1, 0.3, 0.6]
    let chances = [0.5, 0.3, 0.2]
    let wanted = [0.2, 0.2, 0.6]
    let truth = zip(rates, wanted).reduce(0.0) { $0 + $1.0 * $1.1 }
    let policy = try ActionDistribution(everyRound: wanted, actionCount: 3)
    var random = TestRandom(seed: 42)
    var held = ["ips": 0, "snips": 0, "dr": 0]
    for _ in 0..<200 {
      var actions: [Int32] = []
      var rewards: [Double] = []
      for _ in 0..<400 {
        let draw = random.unit()
        let action = draw < 0.5 ? 0 : draw < 0.8 ? 1 : 2
        actions.append(Int32(action))
        rewards.append(random.unit() < rates[action] ? 1 : 0)
      }
      let rounds = try LoggedRounds(
        actions: actions, rewards: rewards, propensities: actions.map { chances[Int($0)] }, actionCount: 3)
      // A model that is wrong: doubly robust must bear it.
      let model = try RewardTable((0..<400).flatMap { _ in [0.2, 0.2, 0.2] }, actionCount: 3)
      let question = try OffPolicyQuestion(rounds: rounds, policy: policy, rewards: model)
      let report = try OffPolicyReport(
        question, estimators: [IPS(), SNIPS(), DoublyRobust()], resamples: 0, using: &random)
      for estimate in report.estimates {
        let interval = try #require(estimate.normal)
        if interval.lower <= truth, truth <= interval.upper { held[estimate.name, default: 0] += 1 }
      }
    }
    // 190 of 200 expected, deviation 3.1.
    for (name, count) in held { #expect(count > 177, "\(name): \(count)") }
  }

  @Test func reportsNameAllThatIsMeasured() throws {
    let golden = try OffPolicyGolden.load().made
    let question = try OffPolicyQuestion(
      rounds: golden.rounds(), policy: .uniform(actionCount: golden.actions, positionCount: golden.positions))
    var random = TestRandom(seed: 3)
    #expect(throws: MetricError.self) { try OffPolicyReport(question, using: &random) }
    let report = try OffPolicyReport(question, estimators: [IPS(), SNIPS()], resamples: 50, using: &random)
    #expect(report.estimates.map(\.name) == ["ips", "snips"])
    #expect(report.estimates.allSatisfy { $0.bootstrap != nil && $0.normal != nil })
    #expect(report["dm"] == nil && report.rounds == 120)
    #expect(report.meanWeight == question.meanWeight)
    // A policy that would do none of what was logged: only IPS has a value, and it is 0.
    let rounds = try LoggedRounds(actions: [0, 0], rewards: [1, 1], propensities: [1, 1], actionCount: 2)
    let other = try OffPolicyQuestion(rounds: rounds, policy: ActionDistribution(everyRound: [0, 1], actionCount: 2))
    let none = try OffPolicyReport(other, estimators: [IPS(), SNIPS()], resamples: 10, using: &random)
    #expect(none.estimates.map(\.name) == ["ips"])
    #expect(none["ips"] == 0 && none.effectiveSampleSize == 0)
  }

  @Test(arguments: [
    (actions: [Int32(0), 2], rewards: [1.0, 1], propensities: [0.5, 0.5], text: "action at position 1 is 2.0"),
    (actions: [0, -1], rewards: [1, 1], propensities: [0.5, 0.5], text: "action at position 1 is -1.0"),
    (actions: [0, 1], rewards: [1, 1.5], propensities: [0.5, 0.5], text: "reward at position 1 is 1.5"),
    (actions: [0, 1], rewards: [1, 1], propensities: [0.5, 0], text: "propensity at position 1 is 0.0"),
    (actions: [0, 1], rewards: [1, 1], propensities: [1.5, 0.5], text: "propensity at position 0 is 1.5"),
    (actions: [0, 1], rewards: [.nan, 1], propensities: [0.5, 0.5], text: "reward at position 0 is nan"),
    (actions: [0, 1], rewards: [1], propensities: [0.5, 0.5], text: "1 rewards for 2 actions"),
    (actions: [], rewards: [], propensities: [], text: "0 rounds"),
  ])
  func faultyLogsAreRefused(actions: [Int32], rewards: [Double], propensities: [Double], text: String) {
    let error = #expect(throws: MetricError.self) {
      try LoggedRounds(actions: actions, rewards: rewards, propensities: propensities, actionCount: 2)
    }
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
  }

  @Test func faultyPoliciesAreRefused() throws {
    #expect(throws: MetricError.self) { try ActionDistribution(everyRound: [0.5, 0.4], actionCount: 2) }
    #expect(throws: MetricError.self) { try ActionDistribution(everyRound: [1.5, -0.5], actionCount: 2) }
    #expect(throws: MetricError.self) { try ActionDistribution(everyRound: [1], actionCount: 2) }
    #expect(throws: MetricError.self) {
      try ActionDistribution(byRound: [1, 0, 0.5, 0], roundCount: 2, actionCount: 2)
    }
    #expect(throws: MetricError.self) { try ActionDistribution.uniform(actionCount: 0) }
    #expect(throws: MetricError.self) { try RewardTable([1, 2, 3], actionCount: 2) }
    #expect(throws: MetricError.self) { try RewardTable([.infinity], actionCount: 1) }
    let rounds = try LoggedRounds(actions: [0], rewards: [1], propensities: [1], actionCount: 2)
    #expect(throws: MetricError.self) { try OffPolicyQuestion(rounds: rounds, policy: .uniform(actionCount: 3)) }
    #expect(throws: MetricError.self) {
      try OffPolicyQuestion(
        rounds: rounds, policy: .uniform(actionCount: 2), rewards: RewardTable([1, 1, 1, 1], actionCount: 2))
    }
    var random = TestRandom(seed: 0)
    let terms = OffPolicyTerms(numerators: [1, 0])
    #expect(throws: MetricError.self) { try terms.normalInterval(level: 1) }
    #expect(throws: MetricError.self) { try terms.bootstrapInterval(resamples: 0, using: &random) }
  }
}
