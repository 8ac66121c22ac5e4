/// A way to say what a policy would have earned, from the log of another.
public protocol OffPolicyEstimator: Sendable {
  /// As reports print it: `snips`.
  var name: String { get }

  /// Whether it needs expected rewards.
  var needsRewards: Bool { get }

  /// What each round says.
  func terms(of question: OffPolicyQuestion) throws(MetricError) -> OffPolicyTerms
}
