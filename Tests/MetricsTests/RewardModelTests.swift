import Foundation
import RecommenderMetrics
import Testing

@Suite struct RewardModelTests {
  private func parts() throws -> (OffPolicyGolden.Regression, LoggedRounds, RoundContext) {
    let golden = try OffPolicyGolden.load().regression
    let count = golden.action.count
    let rounds = try LoggedRounds(
      actions: golden.action, positions: golden.position, rewards: golden.reward,
      propensities: [Double](repeating: 0.25, count: count), actionCount: golden.actions,
      positionCount: golden.positions)
    let context = try RoundContext(
      count: count, codes: golden.codes, sizes: golden.sizes, affinities: golden.affinity)
    return (golden, rounds, context)
  }

  @Test func matchesScikitLearn() throws {
    let (golden, rounds, context) = try parts()
    let table = try RewardModel.crossFitted(context: context, rounds: rounds, folds: golden.folds, l2: golden.l2)
    #expect(table.values.count == golden.q_hat.count)
    var largest = 0.0
    for (mine, theirs) in zip(table.values, golden.q_hat) { largest = max(largest, abs(mine - theirs)) }
    #expect(largest < 1e-9, "\(largest)")
  }

  @Test func aModelDoesNotSeeWhatItAnswers() throws {
    let (golden, rounds, context) = try parts()
    let before = try RewardModel.crossFitted(context: context, rounds: rounds, folds: golden.folds)
    // Turning the rewards of one part changes the answers for the others, not its own.
    let turned = try LoggedRounds(
      actions: rounds.actions, positions: rounds.positions,
      rewards: rounds.rewards.indices.map { golden.folds[$0] == 1 ? 1 - rounds.rewards[$0] : rounds.rewards[$0] },
      propensities: rounds.propensities, actionCount: rounds.actionCount, positionCount: rounds.positionCount)
    let after = try RewardModel.crossFitted(context: context, rounds: turned, folds: golden.folds)
    for round in golden.folds.indices {
      let place = round * rounds.actionCount
      #expect((before.values[place] == after.values[place]) == (golden.folds[round] == 1))
    }
  }

  @Test func foldsAreEvenAndSeeded() {
    var random = TestRandom(seed: 9)
    let folds = RewardModel.folds(3, of: 10, using: &random)
    #expect((0..<3).map { fold in folds.count { $0 == fold } } == [4, 3, 3])
    var again = TestRandom(seed: 9)
    #expect(RewardModel.folds(3, of: 10, using: &again) == folds)
    #expect(RewardModel.folds(3, of: 10, using: &again) != folds)
  }

  /// Rewards of one kind, a context without fields, a single action: nothing ends the program or is NaN.
  @Test func poorDataIsBorne() throws {
    for rewards in [[0.0, 0, 0, 0], [1, 1, 1, 1], [0.5, 0.5, 0.5, 0.5]] {
      let rounds = try LoggedRounds(
        actions: [0, 0, 0, 0], rewards: rewards, propensities: [1, 1, 1, 1], actionCount: 1)
      let table = try RewardModel.crossFitted(
        context: RoundContext(count: 4), rounds: rounds, folds: [0, 1, 0, 1])
      for value in table.values { #expect(abs(value - rewards[0]) < 1e-4) }
    }
  }

  @Test func faultsAreRefused() throws {
    let (golden, rounds, context) = try parts()
    #expect(throws: MetricError.self) {
      try RewardModel.crossFitted(context: context, rounds: rounds, folds: golden.folds, l2: 0)
    }
    #expect(throws: MetricError.self) {
      try RewardModel.crossFitted(context: context, rounds: rounds, folds: golden.folds.map { _ in 1 })
    }
    #expect(throws: MetricError.self) { try RewardModel.crossFitted(context: context, rounds: rounds, folds: [0, 1]) }
    #expect(throws: MetricError.self) {
      try RewardModel(context: context, rounds: rounds, learningFrom: [rounds.count])
    }
    #expect(throws: MetricError.self) { try RoundContext(count: 2, codes: [0, 3], sizes: [3]) }
    #expect(throws: MetricError.self) { try RoundContext(count: 2, codes: [0], sizes: [3]) }
    #expect(throws: MetricError.self) { try RoundContext(count: 2, affinities: [1, .nan]) }
    #expect(throws: MetricError.self) {
      try RewardModel.crossFitted(context: RoundContext(count: 3), rounds: rounds, folds: golden.folds)
    }
  }
}
