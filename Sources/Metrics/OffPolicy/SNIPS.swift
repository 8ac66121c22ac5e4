/// SNIPS, self-normalised inverse propensity scoring: as IPS, divided by the mean weight.
///
/// Its value stays among the rewards and varies less; the bias it pays goes with one over the number of rounds.
///
/// Swaminathan and Joachims 2015, "The self-normalized estimator for counterfactual learning", section 4.
public struct SNIPS: OffPolicyEstimator {
  public init() {}

  public var name: String { "snips" }
  public var needsRewards: Bool { false }

  public func terms(of question: OffPolicyQuestion) -> OffPolicyTerms {
    OffPolicyTerms(
      numerators: zip(question.weights, question.rounds.rewards).map { $0 * $1 }, denominators: question.weights)
  }
}
