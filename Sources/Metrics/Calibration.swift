/// Calibration: the sum of the predictions divided by the sum of the labels. 1 is right; above it clicks are promised that
/// do not come.
///
/// Not defined before the first positive. He et al. 2014, "Practical lessons from predicting clicks on ads at Facebook",
/// section 3.
public enum Calibration: ProbabilityMetric {
  public static let name = "calibration"

  public static func value(of sums: ProbabilitySums) -> Double? {
    sums.labels > 0 ? sums.predictions / sums.labels : nil
  }
}
