import Features
import RecommenderMetrics
import Testing

/// On the real logs, beside obp; skipped where they are not.
@Suite(.enabled(if: RealLogs.areHere, "skipped: open-bandit is absent"))
struct OpenBanditTests {
  private func rounds(_ log: OpenBanditLog) throws -> LoggedRounds {
    try LoggedRounds(
      actions: log.items, positions: log.positions, rewards: log.clicks, propensities: log.propensities,
      actionCount: log.itemCount, positionCount: log.positionCount)
  }

  /// The expected rewards that the script gives obp.
  private func rewards(_ log: OpenBanditLog) throws -> RewardTable {
    try RewardTable(
      log.positions.flatMap { position in
        (0..<log.itemCount).map { 0.002 + 0.0005 * Double(($0 * 7 + Int(position) * 3) % 11) }
      }, actionCount: log.itemCount)
  }

  @Test(arguments: OpenBanditLog.Campaign.allCases)
  func randomFromBTSMatchesOBP(campaign: OpenBanditLog.Campaign) throws {
    let golden = try #require(OffPolicyGolden.load().logs[campaign.rawValue])
    let folder = try Datasets.openBanditFolder()
    let log = try OpenBanditReader.read(folder: folder, policy: .bts, campaign: campaign)
    #expect(log.count == 10_000 && log.positionCount == 3)
    let question = try OffPolicyQuestion(
      rounds: rounds(log), policy: .uniform(actionCount: log.itemCount, positionCount: 3), rewards: rewards(log))
    for estimator in OffPolicyEstimatorTests.estimators {
      let expected = try #require(golden.random_from_bts[estimator.name])
      let terms = try estimator.terms(of: question)
      #expect(near(terms.value, expected.value, 1e-12), "\(estimator.name)")
      #expect(near(terms.standardError, expected.standard_error, 1e-12), "\(estimator.name)")
    }
    let own = try rounds(OpenBanditReader.read(folder: folder, policy: .random, campaign: campaign))
    #expect(near(own.meanReward, try #require(golden.own["random"])))
  }

  @Test(arguments: OpenBanditLog.Campaign.allCases)
  func btsFromRandomMatchesOBP(campaign: OpenBanditLog.Campaign) throws {
    let golden = try #require(OffPolicyGolden.load().logs[campaign.rawValue])
    let folder = try Datasets.openBanditFolder()
    let log = try OpenBanditReader.read(folder: folder, policy: .random, campaign: campaign)
    let prior = try OpenBanditPrior.read(folder: folder, campaign: campaign)
    let policy = try ThompsonSampling(alpha: prior.alpha, beta: prior.beta).distribution(positionCount: 3)
    for action in 0..<log.itemCount {
      for position in 0..<3 {
        let chance = try #require(policy.chance(action: action, position: position))
        let error = 5 * (chance * (1 - chance) / golden.draws).squareRoot() + 1e-5
        #expect(near(golden.bts[action * 3 + position], chance, error))
      }
    }
    // With obp's simulated chances the estimates are obp's.
    let simulated = try ActionDistribution(everyRound: golden.bts, actionCount: log.itemCount, positionCount: 3)
    for (chances, tolerance) in [(simulated, 1e-12), (policy, 1e-4)] {
      let question = try OffPolicyQuestion(rounds: rounds(log), policy: chances, rewards: rewards(log))
      for estimator in OffPolicyEstimatorTests.estimators {
        let expected = try #require(golden.bts_from_random[estimator.name])
        #expect(near(try estimator.terms(of: question).value, expected.value, tolerance), "\(estimator.name)")
      }
    }
  }
}

enum RealLogs {
  static let areHere = Datasets.list().contains { $0.name == "open-bandit" && $0.state == .present }
}
