import Foundation

/// NE: LogLoss divided by the entropy of the base rate, which is the LogLoss of always predicting the mean label. Below 1 a
/// model knows more than the base rate; less is better.
///
/// Not defined while all labels are of one class.
///
/// He et al. 2014, "Practical lessons from predicting clicks on ads at Facebook", section 3.
public enum NormalizedEntropy: ProbabilityMetric {
  public static let name = "ne"

  public static func value(of sums: ProbabilitySums) -> Double? {
    guard sums.weight > 0 else { return nil }
    let rate = sums.labels / sums.weight
    guard rate > 0, rate < 1 else { return nil }
    let entropy = -(rate * log(rate) + (1 - rate) * log1p(-rate))
    return sums.crossEntropy / sums.weight / entropy
  }
}
