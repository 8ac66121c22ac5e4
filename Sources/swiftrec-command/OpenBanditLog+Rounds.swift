import Features
import RecommenderMetrics

extension OpenBanditLog {
  /// The log as estimators take it.
  func rounds() throws -> LoggedRounds {
    try LoggedRounds(
      actions: items, positions: positions, rewards: clicks, propensities: propensities, actionCount: itemCount,
      positionCount: positionCount)
  }

  /// What the reward model looks at.
  func context() throws -> RoundContext {
    try RoundContext(count: count, codes: userFeatures, sizes: userFeatureSizes, affinities: affinities)
  }

  /// The chances that a policy gives the items of this log.
  func distribution(of policy: Policy, folder: String) throws -> ActionDistribution {
    switch policy {
    case .random: return try .uniform(actionCount: itemCount, positionCount: positionCount)
    case .bts:
      let prior = try OpenBanditPrior.read(folder: folder, campaign: campaign)
      guard prior.alpha.count == itemCount else {
        throw DataError(
          .wrongFieldCount, file: folder, "the prior of campaign \(campaign.rawValue) has \(prior.alpha.count) items",
          received: "\(itemCount) items in the logs", remedy: "take logs and prior of one data set")
      }
      return try ThompsonSampling(alpha: prior.alpha, beta: prior.beta).distribution(positionCount: positionCount)
    }
  }
}
