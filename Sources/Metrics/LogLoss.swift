import Foundation

/// LogLoss: the mean binary cross entropy in nats.
///
/// ```swift
/// var loss = LogLoss()
/// try loss.add(logits: [0, 0], labels: [0, 1])
/// loss.value   // 0.6931... = ln 2
/// ```
public struct LogLoss: Sendable {
  private var sum = 0.0
  public private(set) var count = 0

  public init() {}

  /// - Parameters:
  ///   - logits: before the sigmoid; the loss is exact where the probability would round to 0 or 1.
  ///   - labels: in `0...1`, for each.
  /// - Throws: `MetricError` for lengths that differ, a label outside, or a NaN; then nothing was added.
  public mutating func add(logits: some Collection<Float>, labels: some Collection<Float>) throws(MetricError) {
    try check(logits, "logit", logits.firstNaN, labels)
    for (logit, label) in zip(logits, labels) {
      let x = Double(logit)
      // An infinite logit that is right costs nothing; inf - inf would say NaN.
      let linear = label == 1 ? max(-x, 0) : label == 0 ? max(x, 0) : max(x, 0) - x * Double(label)
      sum += linear + log1p(exp(-abs(x)))
    }
    count += logits.count
  }

  /// - Parameters:
  ///   - probabilities: in `0...1`; held `Float.ulpOfOne` away from both ends, as scikit-learn does for float32, so that one
  ///     wrong certainty does not make the mean infinite.
  ///   - labels: in `0...1`, for each.
  /// - Throws: `MetricError` for lengths that differ or a value outside; then nothing was added.
  public mutating func add(probabilities: some Collection<Float>, labels: some Collection<Float>) throws(MetricError) {
    try check(probabilities, "probability", probabilities.firstOutsideUnit, labels)
    let margin = Double(Float.ulpOfOne)
    for (probability, label) in zip(probabilities, labels) {
      let p = min(max(Double(probability), margin), 1 - margin)
      let y = Double(label)
      sum -= y * log(p) + (1 - y) * log1p(-p)
    }
    count += probabilities.count
  }

  public mutating func merge(_ other: LogLoss) {
    sum += other.sum
    count += other.count
  }

  /// Nil before anything was added.
  public var value: Double? { count > 0 ? sum / Double(count) : nil }

  private func check(
    _ values: some Collection<Float>, _ what: String, _ bad: (place: Int, value: Float)?,
    _ labels: some Collection<Float>
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
