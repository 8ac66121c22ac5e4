/// A measure of predicted probabilities that sums over samples are enough for.
public protocol ProbabilityMetric: SendableMetatype {
  /// As reports print it: `logloss`.
  static var name: String { get }

  /// Nil while it is not defined, as before the first sample.
  static func value(of sums: ProbabilitySums) -> Double?
}
