/// DR, doubly robust: the direct method, corrected by IPS of what the model got wrong. Without bias when either the
/// propensities or the model are right.
///
/// Dudik et al. 2014, "Doubly robust policy evaluation and optimization", section 3, arXiv:1503.02834.
public struct DoublyRobust: OffPolicyEstimator {
  public init() {}

  public var name: String { "dr" }
  public var needsRewards: Bool { true }

  public func terms(of question: OffPolicyQuestion) throws(MetricError) -> OffPolicyTerms {
    let rewards = try question.needed(by: name)
    var terms = question.expectedRewards(rewards)
    for round in terms.indices {
      let surprise = question.rounds.rewards[round] - rewards.value(Int(question.rounds.actions[round]), round: round)
      terms[round] += question.weights[round] * surprise
    }
    return OffPolicyTerms(numerators: terms)
  }
}
