/// RMSE: the root of the mean squared difference of probability and label.
public enum RMSE: ProbabilityMetric {
  public static let name = "rmse"

  public static func value(of sums: ProbabilitySums) -> Double? {
    sums.weight > 0 ? (sums.squaredError / sums.weight).squareRoot() : nil
  }
}
