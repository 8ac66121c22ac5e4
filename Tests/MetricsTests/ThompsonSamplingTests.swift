import Foundation
import RecommenderMetrics
import Testing

@Suite struct ThompsonSamplingTests {
  private func chances(_ policy: ActionDistribution) -> [Double] {
    (0..<policy.actionCount).flatMap { action in
      (0..<policy.positionCount).map { policy.chance(action: action, position: $0) ?? .nan }
    }
  }

  @Test func matchesQuadratureAndSimulation() throws {
    let golden = try OffPolicyGolden.load().thompson
    let policy = try ThompsonSampling(alpha: golden.alpha, beta: golden.beta)
      .distribution(positionCount: golden.positions)
    let mine = chances(policy)
    for (place, exact) in golden.exact.enumerated() { #expect(near(mine[place], exact, 1e-8)) }
    for (place, simulated) in golden.simulated.enumerated() {
      // Five standard errors of the simulation.
      let error = 5 * (mine[place] * (1 - mine[place]) / golden.draws).squareRoot()
      #expect(near(mine[place], simulated, error))
    }
  }

  @Test func equalActionsHaveEqualChances() throws {
    let policy = try ThompsonSampling(alpha: [1, 1, 1], beta: [1, 1, 1]).distribution(positionCount: 3)
    for chance in chances(policy) { #expect(near(chance, 1.0 / 3, 1e-9)) }
    let sure = try ThompsonSampling(alpha: [900, 1], beta: [100, 1_000]).distribution(positionCount: 2)
    #expect(near(sure.chance(action: 0, position: 0), 1, 1e-9))
    #expect(near(sure.chance(action: 1, position: 1), 1, 1e-9))
    let single = try ThompsonSampling(alpha: [2], beta: [3]).distribution(positionCount: 1)
    #expect(near(single.chance(action: 0, position: 0), 1))
  }

  @Test func faultsAreRefused() throws {
    #expect(throws: MetricError.self) { try ThompsonSampling(alpha: [], beta: []) }
    #expect(throws: MetricError.self) { try ThompsonSampling(alpha: [1], beta: [1, 2]) }
    #expect(throws: MetricError.self) { try ThompsonSampling(alpha: [0], beta: [1]) }
    #expect(throws: MetricError.self) { try ThompsonSampling(alpha: [.nan], beta: [1]) }
    #expect(throws: MetricError.self) {
      try ThompsonSampling(alpha: [1, 1], beta: [1, 1]).distribution(positionCount: 3)
    }
    // So unequal that no grid has both: an error, not a wrong answer.
    #expect(throws: MetricError.self) {
      try ThompsonSampling(alpha: [0.001, 5e8], beta: [0.001, 5e8]).distribution(positionCount: 1)
    }
  }
}
