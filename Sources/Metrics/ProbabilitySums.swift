/// The weighted sums over samples that LogLoss, NE, calibration, RMSE, MAE and CTR are made of; sums of parts merge into
/// those of the whole.
///
/// ```swift
/// var sums = ProbabilitySums()
/// try sums.add(probabilities: [0.2, 0.6], labels: [0, 1])
/// Calibration.value(of: sums)   // 0.8
/// ```
public struct ProbabilitySums: Sendable, Equatable, Codable {
  /// Samples, whatever their weights.
  public private(set) var count = 0
  public private(set) var weight = 0.0
  /// Of the labels.
  public private(set) var labels = 0.0
  /// Of the probabilities.
  public private(set) var predictions = 0.0
  /// In nats.
  public private(set) var crossEntropy = 0.0
  public private(set) var squaredError = 0.0
  public private(set) var absoluteError = 0.0

  public init() {}

  /// - Parameters:
  ///   - probabilities: in `0...1`.
  ///   - labels: in `0...1`, for each; NaN is a sample without an answer and left out.
  ///   - weights: how much each counts, 0 or more; 1 without them.
  /// - Throws: `MetricError` for lengths that differ or a value outside; then nothing was added.
  public mutating func add(
    probabilities: [Float], labels: [Float], weights: [Float]? = nil
  ) throws(MetricError) {
    try SampleCheck(goals: ["probabilities"], rows: probabilities.count)
      .check(probabilities: probabilities, labels: labels, weights: weights)
    var samples = LabelledSamples(probabilities: probabilities, labels: labels, weights: weights ?? [])
    samples.removeUnanswered()
    add(samples)
  }

  mutating func add(_ samples: LabelledSamples) {
    var sums = ProbabilitySums()
    for place in 0..<samples.count {
      let probability = Double(samples.probabilities[place])
      let label = Double(samples.labels[place])
      let weight = Double(samples.weight(place))
      let error = probability - label
      sums.weight += weight
      sums.labels += weight * label
      sums.predictions += weight * probability
      sums.crossEntropy += weight * LogLoss.crossEntropy(probability: probability, label: label)
      sums.squaredError += weight * error * error
      sums.absoluteError += weight * abs(error)
    }
    sums.count = samples.count
    // A batch's sum first, the whole's after: small numbers do not drown in a long run.
    merge(sums)
  }

  public mutating func merge(_ other: ProbabilitySums) {
    count += other.count
    weight += other.weight
    labels += other.labels
    predictions += other.predictions
    crossEntropy += other.crossEntropy
    squaredError += other.squaredError
    absoluteError += other.absoluteError
  }
}
