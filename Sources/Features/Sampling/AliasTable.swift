/// Draws from a discrete distribution in constant time.
///
/// Walker 1977; built in linear time as by Vose 1991, "A linear algorithm for generating random numbers with a given
/// distribution".
public struct AliasTable: Sendable {
  let thresholds: [Double]
  let aliases: [Int32]

  /// - Parameter weights: not negative, finite, at least one above 0.
  /// - Throws: `DataError` for other weights.
  public init(weights: [Double]) throws {
    let total = weights.reduce(0, +)
    guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), total > 0, total.isFinite, weights.count < Int(Int32.max)
    else {
      throw DataError(
        .invalidArgument, "sampling weights are finite, not negative and not all 0",
        received: weights.first { !($0 >= 0 && $0.isFinite) }.map { "\($0)" } ?? "total \(total)",
        remedy: "give counts of items")
    }
    let count = weights.count
    var scaled = weights.map { $0 * Double(count) / total }
    var thresholds = [Double](repeating: 1, count: count)
    var aliases = (0..<Int32(count)).map { $0 }
    var small: [Int] = []
    var large: [Int] = []
    for place in 0..<count { if scaled[place] < 1 { small.append(place) } else { large.append(place) } }
    while let less = small.popLast() {
      guard let more = large.popLast() else { break }
      thresholds[less] = scaled[less]
      aliases[less] = Int32(more)
      scaled[more] -= 1 - scaled[less]
      if scaled[more] < 1 { small.append(more) } else { large.append(more) }
    }
    // What rounding leaves over has weight 0 when it was 0 to begin with: it keeps its own alias only if it may be drawn.
    if let heaviest = weights.indices.max(by: { weights[$0] < weights[$1] }) {
      for place in 0..<count where weights[place] == 0 && aliases[place] == Int32(place) {
        thresholds[place] = 0
        aliases[place] = Int32(heaviest)
      }
    }
    self.thresholds = thresholds
    self.aliases = aliases
  }

  public var count: Int { thresholds.count }

  /// One draw.
  @inline(__always)
  public func draw(_ random: inout RandomStream) -> Int32 {
    let place = random.next(below: thresholds.count)
    return random.nextUnit() < thresholds[place] ? Int32(truncatingIfNeeded: place) : aliases[place]
  }
}
