/// AUC of probabilities in memory that does not grow: samples are counted in narrow bins, and a pair within one bin counts
/// one half.
///
/// Bins are as wide as a step of the last of `bits` binary digits behind the leading one, of the probability below one half
/// and of its complement above: finer towards 0 and 1, where a CTR model's predictions lie, down to `2^-24`. In logits a bin
/// is `2^-bits` wide or less, so that pairs within one are few: with 11 bits (94,212 bins, 1.5 MB) the error is below 0.0001
/// where the logits' standard deviation is 0.5 or more, and in practice a hundredth of that, since within a bin half of the
/// pairs are indeed in order. ``errorBound`` says what it is at most for the samples that were added.
///
/// ```swift
/// var auc = StreamingAUC()
/// try auc.add(probabilities: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1])
/// auc.value   // 0.75
/// ```
public struct StreamingAUC: Sendable {
  /// Binary digits of a probability that are told apart.
  public let bits: Int
  public private(set) var count = 0
  /// Weight of the negatives and of the positives in each bin.
  private var bins: [SIMD2<Double>]
  private let side: BinSide

  /// - Parameter bits: in `1...16`; one more doubles bins and memory and halves the bound of the error.
  public init(bits: Int = 11) throws(MetricError) {
    guard (1...16).contains(bits) else {
      throw .value(metric: "auc", what: "number of bits", at: 0, got: Double(bits), remedy: "use 1 to 16")
    }
    self.bits = bits
    side = BinSide(bits: bits)
    bins = [SIMD2<Double>](repeating: .zero, count: 2 * side.count)
  }

  /// - Parameters:
  ///   - probabilities: in `0...1`.
  ///   - labels: in `0...1`, for each; one in between is a positive of that weight and a negative of the rest. NaN is a
  ///     sample without an answer and left out.
  ///   - weights: how much each counts, 0 or more; a pair counts the product.
  /// - Throws: `MetricError` for lengths that differ or a value outside; then nothing was added.
  public mutating func add(
    probabilities: [Float], labels: [Float], weights: [Float]? = nil
  ) throws(MetricError) {
    try SampleCheck(goals: ["auc"], rows: probabilities.count)
      .check(probabilities: probabilities, labels: labels, weights: weights)
    var samples = LabelledSamples(probabilities: probabilities, labels: labels, weights: weights ?? [])
    samples.removeUnanswered()
    add(samples)
  }

  mutating func add(_ samples: LabelledSamples) {
    for place in 0..<samples.count {
      let label = Double(samples.labels[place])
      let weight = Double(samples.weight(place))
      bins[side.bin(of: samples.probabilities[place])] += SIMD2(weight * (1 - label), weight * label)
    }
    count += samples.count
  }

  /// - Throws: `MetricError.merge` for another number of bits.
  public mutating func merge(_ other: StreamingAUC) throws(MetricError) {
    guard other.bits == bits else { throw .merge("\(bits) bits", "\(other.bits) bits") }
    for bin in bins.indices { bins[bin] += other.bins[bin] }
    count += other.count
  }

  mutating func reset() {
    for bin in bins.indices { bins[bin] = .zero }
    count = 0
  }

  /// In `0...1`; nil while one of the classes is missing.
  ///
  /// - Complexity: O(bins)
  public var value: Double? {
    var below = 0.0
    var won = 0.0
    for bin in bins {
      won += bin.y * (below + bin.x / 2)
      below += bin.x
    }
    let pairs = self.pairs
    return pairs > 0 ? min(1, won / pairs) : nil
  }

  /// How far the value can be from the exact one: half the share of pairs that are in one bin. Nil without a value.
  public var errorBound: Double? {
    var within = 0.0
    for bin in bins { within += bin.x * bin.y }
    let pairs = self.pairs
    return pairs > 0 ? within / 2 / pairs : nil
  }

  private var pairs: Double {
    var sums = SIMD2<Double>.zero
    for bin in bins { sums += bin }
    return sums.x * sums.y
  }

  /// How probabilities fall into bins: one side below one half, its mirror image above.
  private struct BinSide: Sendable {
    private static let smallest: Float = 0x1p-24
    let count: Int
    private let shift: UInt32
    private let first: Int

    init(bits: Int) {
      shift = UInt32(truncatingIfNeeded: 23 - bits)
      first = Int(Self.smallest.bitPattern >> shift)
      // All below the smallest is one bin; one half itself the last.
      count = Int((0.5 as Float).bitPattern >> shift) - first + 2
    }

    @inline(__always)
    func bin(of probability: Float) -> Int {
      // The complement of a float in 0.5...1 is exact.
      probability < 0.5 ? place(probability) : 2 * count - 1 - place(1 - probability)
    }

    @inline(__always)
    private func place(_ value: Float) -> Int { max(0, Int(value.bitPattern >> shift) - first + 1) }
  }
}

extension StreamingAUC: Codable {
  private enum CodingKeys: String, CodingKey { case bits, count, places, negatives, positives }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    do {
      try self.init(bits: container.decode(Int.self, forKey: .bits))
    } catch let error as MetricError {
      throw DecodingError.dataCorruptedError(forKey: .bits, in: container, debugDescription: "\(error)")
    }
    count = try container.decode(Int.self, forKey: .count)
    let places = try container.decode(Packed<Int32>.self, forKey: .places).wrappedValue
    let negatives = try container.decode(Packed<Double>.self, forKey: .negatives).wrappedValue
    let positives = try container.decode(Packed<Double>.self, forKey: .positives).wrappedValue
    guard negatives.count == places.count, positives.count == places.count,
      places.allSatisfy({ bins.indices.contains(Int($0)) }), negatives.allSatisfy({ $0 >= 0 }),
      positives.allSatisfy({ $0 >= 0 })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .places, in: container, debugDescription: "bins outside 0..<\(bins.count) or without weights")
    }
    for (place, bin) in places.enumerated() { bins[Int(bin)] = SIMD2(negatives[place], positives[place]) }
  }

  /// Filled bins alone.
  public func encode(to encoder: any Encoder) throws {
    let filled = bins.indices.filter { bins[$0] != .zero }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(bits, forKey: .bits)
    try container.encode(count, forKey: .count)
    try container.encode(
      Packed(wrappedValue: filled.map { Int32(truncatingIfNeeded: $0) }), forKey: .places)
    try container.encode(Packed(wrappedValue: filled.map { bins[$0].x }), forKey: .negatives)
    try container.encode(Packed(wrappedValue: filled.map { bins[$0].y }), forKey: .positives)
  }
}
