import Foundation

/// LogLoss: the mean binary cross entropy in nats.
///
/// ```swift
/// var loss = LogLoss()
/// try loss.add(logits: [0, 0], labels: [0, 1])
/// loss.value   // 0.6931... = ln 2
/// ```
public struct LogLoss: Sendable, Codable {
  private var sum = 0.0
  private var weight = 0.0
  public private(set) var count = 0

  public init() {}

  /// - Parameters:
  ///   - logits: before the sigmoid; the loss is exact where the probability would round to 0 or 1.
  ///   - labels: in `0...1`, for each.
  ///   - weights: how much each counts, 0 or more; 1 without them.
  /// - Throws: `MetricError` for lengths that differ, a label outside, or a NaN; then nothing was added.
  public mutating func add(
    logits: some Collection<Float>, labels: some Collection<Float>, weights: [Float]? = nil
  ) throws(MetricError) {
    try check(logits, "logit", logits.firstNaN, labels, weights)
    for (place, (logit, label)) in zip(logits, labels).enumerated() {
      let x = Double(logit)
      // An infinite logit that is right costs nothing; inf - inf would say NaN.
      let linear = label == 1 ? max(-x, 0) : label == 0 ? max(x, 0) : max(x, 0) - x * Double(label)
      add(linear + log1p(exp(-abs(x))), weights?[place])
    }
  }

  /// - Parameters:
  ///   - probabilities: in `0...1`; held `Float.ulpOfOne` away from both ends, as scikit-learn does for float32, so that one
  ///     wrong certainty does not make the mean infinite.
  ///   - labels: in `0...1`, for each.
  ///   - weights: how much each counts, 0 or more; 1 without them.
  /// - Throws: `MetricError` for lengths that differ or a value outside; then nothing was added.
  public mutating func add(
    probabilities: some Collection<Float>, labels: some Collection<Float>, weights: [Float]? = nil
  ) throws(MetricError) {
    try check(probabilities, "probability", probabilities.firstOutsideUnit, labels, weights)
    for (place, (probability, label)) in zip(probabilities, labels).enumerated() {
      add(Self.crossEntropy(probability: Double(probability), label: Double(label)), weights?[place])
    }
  }

  public mutating func merge(_ other: LogLoss) {
    sum += other.sum
    weight += other.weight
    count += other.count
  }

  /// Nil before anything was added that counts.
  public var value: Double? { weight > 0 ? sum / weight : nil }

  private mutating func add(_ loss: Double, _ weight: Float?) {
    let weight = weight.map(Double.init) ?? 1
    // An infinite loss that counts nothing is nothing.
    if weight > 0 { sum += weight * loss }
    self.weight += weight
    count += 1
  }

  /// In nats, the probability held away from 0 and 1.
  @inline(__always)
  static func crossEntropy(probability: Double, label: Double) -> Double {
    let margin = Double(Float.ulpOfOne)
    let probability = min(max(probability, margin), 1 - margin)
    if label == 1 { return -log(probability) }
    if label == 0 { return -log1p(-probability) }
    return -label * log(probability) - (1 - label) * log1p(-probability)
  }

  private func check(
    _ values: some Collection<Float>, _ what: String, _ bad: (place: Int, value: Float)?,
    _ labels: some Collection<Float>, _ weights: [Float]?
  ) throws(MetricError) {
    guard values.count == labels.count else {
      throw .lengths(
        metric: "logloss", what == "logit" ? "logits" : "probabilities", values.count, "labels", labels.count)
    }
    if let bad {
      let remedy = what == "logit" ? "check the model's weights" : "pass probabilities, or logits by logits:"
      throw .value(metric: "logloss", what: what, at: bad.place, got: Double(bad.value), remedy: remedy)
    }
    if let bad = labels.firstOutsideUnit {
      throw .value(
        metric: "logloss", what: "label", at: bad.place, got: Double(bad.value), remedy: "make labels 0 to 1")
    }
    try checkWeights(weights, count: values.count, metric: "logloss")
  }
}

extension LogLoss: ProbabilityMetric {
  public static let name = "logloss"

  public static func value(of sums: ProbabilitySums) -> Double? {
    sums.weight > 0 ? sums.crossEntropy / sums.weight : nil
  }
}

extension Collection<Float> {
  fileprivate var firstNaN: (place: Int, value: Float)? {
    enumerated().first { $0.element.isNaN }.map { ($0.offset, $0.element) }
  }

  fileprivate var firstOutsideUnit: (place: Int, value: Float)? {
    enumerated().first { !($0.element >= 0 && $0.element <= 1) }.map { ($0.offset, $0.element) }
  }
}
