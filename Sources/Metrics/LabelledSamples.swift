/// Samples of one goal: what was predicted, what happened, how much it counts, whose it was.
struct LabelledSamples: Sendable, Codable {
  @Packed var probabilities: [Float] = []
  @Packed var labels: [Float] = []
  /// Empty while each counts 1.
  @Packed var weights: [Float] = []
  /// Empty when they have no groups.
  @Packed var groups: [Int64] = []

  var count: Int { probabilities.count }

  @inline(__always)
  func weight(_ place: Int) -> Float { weights.isEmpty ? 1 : weights[place] }

  /// Whether the arrays are as long as each other, which what was read from a file need not be, and their numbers are
  /// ones that `RankerMetrics` takes.
  var isSound: Bool {
    labels.count == count && (weights.isEmpty || weights.count == count) && (groups.isEmpty || groups.count == count)
      && probabilities.allSatisfy { $0 >= 0 && $0 <= 1 } && labels.allSatisfy { $0 >= 0 && $0 <= 1 }
      && weights.allSatisfy { $0 >= 0 && $0.isFinite }
  }

  /// Leaves out the samples without an answer.
  mutating func removeUnanswered() {
    guard let first = labels.firstIndex(where: \.isNaN) else { return }
    var kept = first
    for place in first..<count where !labels[place].isNaN {
      probabilities[kept] = probabilities[place]
      labels[kept] = labels[place]
      if !weights.isEmpty { weights[kept] = weights[place] }
      if !groups.isEmpty { groups[kept] = groups[place] }
      kept += 1
    }
    probabilities.removeSubrange(kept...)
    labels.removeSubrange(kept...)
    if !weights.isEmpty { weights.removeSubrange(kept...) }
    if !groups.isEmpty { groups.removeSubrange(kept...) }
  }

  /// Adds some of another's samples.
  mutating func append(_ other: LabelledSamples, _ range: Range<Int>) {
    if !weights.isEmpty || !other.weights.isEmpty {
      if weights.isEmpty { weights = [Float](repeating: 1, count: count) }
      if other.weights.isEmpty {
        weights.append(contentsOf: repeatElement(1, count: range.count))
      } else {
        weights.append(contentsOf: other.weights[range])
      }
    }
    probabilities.append(contentsOf: other.probabilities[range])
    labels.append(contentsOf: other.labels[range])
    if !other.groups.isEmpty { groups.append(contentsOf: other.groups[range]) }
  }
}
