/// CTR: the mean label, the click-through rate of the data. It says nothing of the model.
public enum CTR: ProbabilityMetric {
  public static let name = "ctr"

  public static func value(of sums: ProbabilitySums) -> Double? {
    sums.weight > 0 ? sums.labels / sums.weight : nil
  }
}
