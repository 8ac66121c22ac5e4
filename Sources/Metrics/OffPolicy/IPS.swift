/// IPS, inverse propensity scoring: the mean of the rewards, each weighted by how much likelier the policy was to act so.
///
/// Without bias when the propensities are right; its variance grows with the largest weights.
///
/// Horvitz and Thompson 1952; Strehl et al. 2010, "Learning from logged implicit exploration data", arXiv:1003.0120.
public struct IPS: OffPolicyEstimator {
  public init() {}

  public var name: String { "ips" }
  public var needsRewards: Bool { false }

  public func terms(of question: OffPolicyQuestion) -> OffPolicyTerms {
    OffPolicyTerms(numerators: zip(question.weights, question.rounds.rewards).map { $0 * $1 })
  }
}
