/// GAUC: the AUC within each group (each user's impressions), averaged by the groups' impressions; groups with one class
/// alone are left out.
///
/// Exact; it keeps 12 bytes a sample and some 40 a group.
///
/// ```swift
/// var gauc = GroupedAUC()
/// try gauc.add(scores: [0.1, 0.9, 0.8, 0.3, 0.5], labels: [0, 1, 0, 1, 1], groups: [7, 7, 7, 8, 9])
/// gauc.value   // 1: of group 7 alone, the others have one class
/// ```
///
/// Zhou et al. 2018, "Deep interest network for click-through rate prediction", section 6.2.
public struct GroupedAUC: Sendable {
  private var indices: [Int64: Int32] = [:]
  /// Of each sample.
  private var groups: [Int32] = []
  private var scores: [UInt32] = []
  /// Negative for a sample of the negative class.
  private var weights: [Float] = []

  public init() {}

  public var count: Int { groups.count }
  public var groupCount: Int { indices.count }

  /// - Parameters:
  ///   - scores: logits or probabilities; only their order within a group matters.
  ///   - labels: 0 or 1 for each.
  ///   - groups: any number, for each.
  ///   - weights: how much each counts, 0 or more.
  /// - Throws: `MetricError` for lengths that differ, another label, a NaN score or a weight that is negative or not finite;
  ///   then nothing was added.
  public mutating func add(
    scores: [Float], labels: [Float], groups: [Int64], weights: [Float]? = nil
  ) throws(MetricError) {
    // The same demands, in the same words.
    var check = AUC()
    do throws(MetricError) {
      try check.add(scores: scores, labels: labels, weights: weights)
    } catch {
      throw error.renamed("gauc")
    }
    guard groups.count == scores.count else {
      throw .lengths(metric: "gauc", "groups", groups.count, "scores", scores.count)
    }
    add(LabelledSamples(probabilities: scores, labels: labels, weights: weights ?? [], groups: groups))
  }

  /// A label between 0 and 1 is a positive of that weight and a negative of the rest.
  mutating func add(_ samples: LabelledSamples) {
    for place in 0..<samples.count {
      let group = index(of: samples.groups[place])
      let (label, weight) = (samples.labels[place], samples.weight(place))
      let score = orderedBits(samples.probabilities[place])
      if label > 0 { insert(group, score, weight * label) }
      if label < 1 { insert(group, score, -weight * (1 - label)) }
    }
  }

  public mutating func merge(_ other: GroupedAUC) {
    var mine = [Int32](repeating: 0, count: other.indices.count)
    // In the other's order, so that a merge of the same parts has the same bits.
    for (group, theirs) in other.indices.sorted(by: { $0.value < $1.value }) { mine[Int(theirs)] = index(of: group) }
    groups += other.groups.map { mine[Int($0)] }
    scores += other.scores
    weights += other.weights
  }

  /// In `0...1`; nil while no group has both classes.
  ///
  /// - Complexity: O(samples log(samples of a group))
  public var value: Double? {
    var starts = [Int](repeating: 0, count: indices.count + 1)
    for group in groups { starts[Int(group) + 1] += 1 }
    for group in 0..<indices.count { starts[group + 1] += starts[group] }
    // The score above, the sample's place below: a group's part sorts by score.
    var ordered = [UInt64](repeating: 0, count: groups.count)
    var next = starts
    for (place, group) in groups.enumerated() {
      ordered[next[Int(group)]] = UInt64(scores[place]) << 32 | UInt64(UInt32(truncatingIfNeeded: place))
      next[Int(group)] += 1
    }
    var sum = 0.0
    var impressions = 0.0
    for group in 0..<indices.count {
      let part = starts[group]..<starts[group + 1]
      guard part.count > 1 else { continue }
      ordered[part].sort()
      var area = OrderedArea()
      for sample in ordered[part] {
        let weight = Double(weights[Int(sample & 0xffff_ffff)])
        area.add(UInt32(truncatingIfNeeded: sample >> 32), positive: max(0, weight), negative: max(0, -weight))
      }
      guard let value = area.value else { continue }
      sum += area.weight * value
      impressions += area.weight
    }
    return impressions > 0 ? sum / impressions : nil
  }

  @inline(__always)
  private mutating func insert(_ group: Int32, _ score: UInt32, _ weight: Float) {
    groups.append(group)
    scores.append(score)
    weights.append(weight)
  }

  @inline(__always)
  private mutating func index(of group: Int64) -> Int32 {
    if let known = indices[group] { return known }
    let new = Int32(truncatingIfNeeded: indices.count)
    indices[group] = new
    return new
  }
}

extension GroupedAUC: Codable {
  private enum CodingKeys: String, CodingKey { case names, groups, scores, weights }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let names = try container.decode(Packed<Int64>.self, forKey: .names).wrappedValue
    groups = try container.decode(Packed<Int32>.self, forKey: .groups).wrappedValue
    scores = try container.decode(Packed<UInt32>.self, forKey: .scores).wrappedValue
    weights = try container.decode(Packed<Float>.self, forKey: .weights).wrappedValue
    for name in names { _ = index(of: name) }
    guard indices.count == names.count, scores.count == groups.count, weights.count == groups.count,
      groups.allSatisfy({ names.indices.contains(Int($0)) }), weights.allSatisfy(\.isFinite)
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .groups, in: container,
        debugDescription: "\(groups.count) samples of \(names.count) groups do not fit together")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let names = indices.sorted { $0.value < $1.value }.map(\.key)
    try container.encode(Packed(wrappedValue: names), forKey: .names)
    try container.encode(Packed(wrappedValue: groups), forKey: .groups)
    try container.encode(Packed(wrappedValue: scores), forKey: .scores)
    try container.encode(Packed(wrappedValue: weights), forKey: .weights)
  }
}
