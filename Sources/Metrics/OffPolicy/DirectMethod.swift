/// DM, the direct method: what a reward model expects of the policy's actions. As good, and as biased, as the model.
///
/// Beygelzimer and Langford 2009, "The offset tree for learning with partial labels".
public struct DirectMethod: OffPolicyEstimator {
  public init() {}

  public var name: String { "dm" }
  public var needsRewards: Bool { true }

  public func terms(of question: OffPolicyQuestion) throws(MetricError) -> OffPolicyTerms {
    OffPolicyTerms(numerators: question.expectedRewards(try question.needed(by: name)))
  }
}
