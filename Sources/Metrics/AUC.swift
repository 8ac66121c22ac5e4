/// AUC: how often a positive scores above a negative, over all pairs; a pair with equal scores counts one half.
///
/// Exact, not binned: it keeps 4 bytes a sample (8 once there are weights) and sorts them when asked. ``StreamingAUC`` needs
/// no more memory for more samples.
///
/// ```swift
/// var auc = AUC()
/// try auc.add(scores: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1])
/// auc.value   // 0.75
/// ```
///
/// Hanley and McNeil 1982, "The meaning and use of the area under a ROC curve".
public struct AUC: Sendable, Codable {
  @Packed private var positives: [UInt32] = []
  @Packed private var negatives: [UInt32] = []
  /// Empty while each counts 1.
  @Packed private var positiveWeights: [Float] = []
  @Packed private var negativeWeights: [Float] = []
  private var isWeighted = false

  public init() {}

  /// The number of samples added.
  public var count: Int { positives.count + negatives.count }

  /// - Parameters:
  ///   - scores: logits or probabilities; only their order matters.
  ///   - labels: 0 or 1 for each.
  ///   - weights: how much each counts, 0 or more; a pair counts the product.
  /// - Throws: `MetricError` for lengths that differ, another label, a NaN score or a weight that is negative or not finite;
  ///   then nothing was added.
  public mutating func add(
    scores: some Collection<Float>, labels: some Collection<Float>, weights: [Float]? = nil
  ) throws(MetricError) {
    guard scores.count == labels.count else {
      throw .lengths(metric: "auc", "scores", scores.count, "labels", labels.count)
    }
    for (place, score) in scores.enumerated() where score.isNaN {
      throw .value(metric: "auc", what: "score", at: place, got: .nan, remedy: "check the model's weights")
    }
    for (place, label) in labels.enumerated() where label != 0 && label != 1 {
      throw .value(metric: "auc", what: "label", at: place, got: Double(label), remedy: "make labels 0 or 1")
    }
    try checkWeights(weights, count: scores.count, metric: "auc")
    if weights != nil { keepWeights() }
    for (place, (score, label)) in zip(scores, labels).enumerated() {
      insert(score, isPositive: label == 1, weight: weights?[place] ?? 1)
    }
  }

  /// A label between 0 and 1 is a positive of that weight and a negative of the rest.
  mutating func add(_ samples: LabelledSamples) {
    let areWhole = samples.labels.allSatisfy { $0 == 0 || $0 == 1 }
    if !samples.weights.isEmpty || !areWhole { keepWeights() }
    for place in 0..<samples.count {
      let (score, label, weight) = (samples.probabilities[place], samples.labels[place], samples.weight(place))
      if label > 0 { insert(score, isPositive: true, weight: weight * label) }
      if label < 1 { insert(score, isPositive: false, weight: weight * (1 - label)) }
    }
  }

  public mutating func merge(_ other: AUC) {
    var other = other
    if isWeighted || other.isWeighted {
      keepWeights()
      other.keepWeights()
    }
    positives += other.positives
    negatives += other.negatives
    positiveWeights += other.positiveWeights
    negativeWeights += other.negativeWeights
  }

  /// In `0...1`; nil while one of the classes is missing.
  ///
  /// - Complexity: O(samples)
  public var value: Double? { isWeighted ? weightedValue : unweightedValue }

  private var unweightedValue: Double? {
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

  private var weightedValue: Double? {
    var area = OrderedArea()
    // Places of positives first, then those of negatives.
    let order = radixSortedPlaces(positives + negatives)
    for place in order {
      if place < positives.count {
        area.add(positives[place], positive: Double(positiveWeights[place]), negative: 0)
      } else {
        let place = place - positives.count
        area.add(negatives[place], positive: 0, negative: Double(negativeWeights[place]))
      }
    }
    return area.value
  }

  @inline(__always)
  private mutating func insert(_ score: Float, isPositive: Bool, weight: Float) {
    if isPositive {
      positives.append(orderedBits(score))
      if isWeighted { positiveWeights.append(weight) }
    } else {
      negatives.append(orderedBits(score))
      if isWeighted { negativeWeights.append(weight) }
    }
  }

  private mutating func keepWeights() {
    guard !isWeighted else { return }
    isWeighted = true
    positiveWeights = [Float](repeating: 1, count: positives.count)
    negativeWeights = [Float](repeating: 1, count: negatives.count)
  }

  private enum CodingKeys: String, CodingKey { case positives, negatives, positiveWeights, negativeWeights, isWeighted }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    _positives = try container.decode(Packed<UInt32>.self, forKey: .positives)
    _negatives = try container.decode(Packed<UInt32>.self, forKey: .negatives)
    _positiveWeights = try container.decode(Packed<Float>.self, forKey: .positiveWeights)
    _negativeWeights = try container.decode(Packed<Float>.self, forKey: .negativeWeights)
    isWeighted = try container.decode(Bool.self, forKey: .isWeighted)
    guard positiveWeights.count == (isWeighted ? positives.count : 0),
      negativeWeights.count == (isWeighted ? negatives.count : 0)
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .positiveWeights, in: container,
        debugDescription: "\(positiveWeights.count + negativeWeights.count) weights of \(count) samples")
    }
  }
}
