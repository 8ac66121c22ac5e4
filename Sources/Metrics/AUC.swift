/// AUC: how often a positive scores above a negative, over all pairs; a pair with equal scores counts one half.
///
/// Exact, not binned: it keeps 4 bytes a sample and sorts them when asked.
///
/// ```swift
/// var auc = AUC()
/// try auc.add(scores: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1])
/// auc.value   // 0.75
/// ```
///
/// Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve".
public struct AUC: Sendable {
  private var positives: [UInt32] = []
  private var negatives: [UInt32] = []

  public init() {}

  /// The number of samples added.
  public var count: Int { positives.count + negatives.count }

  /// - Parameters:
  ///   - scores: logits or probabilities; only their order matters.
  ///   - labels: 0 or 1 for each.
  /// - Throws: `MetricError` for lengths that differ, another label or a NaN score; then nothing was added.
  public mutating func add(scores: some Collection<Float>, labels: some Collection<Float>) throws(MetricError) {
    guard scores.count == labels.count else {
      throw .lengths(metric: "auc", "scores", scores.count, "labels", labels.count)
    }
    for (place, score) in scores.enumerated() where score.isNaN {
      throw .value(metric: "auc", what: "score", at: place, got: .nan, remedy: "check the model's weights")
    }
    for (place, label) in labels.enumerated() where label != 0 && label != 1 {
      throw .value(metric: "auc", what: "label", at: place, got: Double(label), remedy: "make labels 0 or 1")
    }
    for (score, label) in zip(scores, labels) {
      if label == 1 { positives.append(orderedBits(score)) } else { negatives.append(orderedBits(score)) }
    }
  }

  public mutating func merge(_ other: AUC) {
    positives += other.positives
    negatives += other.negatives
  }

  /// In `0...1`; nil while one of the classes is missing.
  ///
  /// - Complexity: O(samples)
  public var value: Double? {
    guard !positives.isEmpty, !negatives.isEmpty else { return nil }
    let above = radixSorted(positives)
    let below = radixSorted(negatives)
    // Twice the pairs won, so that a tie is a whole number.
    var won: UInt64 = 0
    var less = 0
    var upTo = 0
    for score in above {
      while less < below.count && below[less] < score { less += 1 }
      upTo = max(upTo, less)
      while upTo < below.count && below[upTo] == score { upTo += 1 }
      won += UInt64(less) + UInt64(upTo)
    }
    return Double(won) / 2 / (Double(above.count) * Double(below.count))
  }
}
