/// MAE: the mean absolute difference of probability and label.
public enum MAE: ProbabilityMetric {
  public static let name = "mae"

  public static func value(of sums: ProbabilitySums) -> Double? {
    sums.weight > 0 ? sums.absoluteError / sums.weight : nil
  }
}
