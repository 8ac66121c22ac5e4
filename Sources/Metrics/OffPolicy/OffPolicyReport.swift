/// What each estimator says a policy is worth.
public struct OffPolicyReport: Sendable {
  public struct Estimate: Sendable {
    public let name: String
    public let value: Double
    public let standardError: Double?
    public let normal: ConfidenceInterval?
    /// Nil when no resamples were asked for.
    public let bootstrap: ConfidenceInterval?
  }

  public let estimates: [Estimate]
  public let rounds: Int
  public let effectiveSampleSize: Double
  public let meanWeight: Double
  public let largestWeight: Double

  /// Asks estimators.
  ///
  /// - Parameters:
  ///   - question: with expected rewards when an estimator needs them.
  ///   - estimators: whose estimates are wanted; one that has none (no logged action is one that the policy would take) is
  ///     left out.
  ///   - resamples: of the bootstrap; 0 for none.
  ///   - level: of the intervals.
  ///   - random: for the bootstrap; each estimator draws logs of its own from it.
  /// - Throws: `MetricError` when expected rewards are missing, and for an impossible level.
  public init(
    _ question: OffPolicyQuestion,
    estimators: [any OffPolicyEstimator] = [IPS(), SNIPS(), DirectMethod(), DoublyRobust()], resamples: Int = 1_000,
    level: Double = 0.95, using random: inout some RandomNumberGenerator
  ) throws(MetricError) {
    var estimates: [Estimate] = []
    for estimator in estimators {
      let terms = try estimator.terms(of: question)
      guard let value = terms.value else { continue }
      estimates.append(
        Estimate(
          name: estimator.name, value: value, standardError: terms.standardError,
          normal: try terms.normalInterval(level: level),
          bootstrap: resamples == 0
            ? nil : try terms.bootstrapInterval(resamples: resamples, level: level, using: &random)))
    }
    self.estimates = estimates
    rounds = question.rounds.count
    effectiveSampleSize = question.effectiveSampleSize
    meanWeight = question.meanWeight
    largestWeight = question.largestWeight
  }

  /// The value of an estimator by its name, nil when it has none.
  public subscript(name: String) -> Double? { estimates.first { $0.name == name }?.value }
}
