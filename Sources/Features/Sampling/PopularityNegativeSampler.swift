import Foundation

/// Draws unseen items, item `i` with a weight of `(count_i + 1)^exponent`, by the alias method.
///
/// The 1 lets items that were never taken be drawn. An exponent of 0.75 is the one of Mikolov et al. 2013, arXiv:1310.4546.
public struct PopularityNegativeSampler: NegativeSampler {
  /// After this many draws that were seen, the item is picked among the unseen ones by summing their weights.
  static let tries = 32

  public let seen: SeenItems
  let weights: [Double]
  let table: AliasTable

  /// - Parameter counts: how often each item was taken, `itemCount` numbers.
  /// - Throws: `DataError` for counts of another length, negative ones, or an exponent that isn't finite.
  public init(seen: SeenItems, counts: [Int], exponent: Double = 0.75) throws {
    guard counts.count == seen.itemCount, counts.allSatisfy({ $0 >= 0 }) else {
      throw DataError(
        .invalidArgument, "popularity needs \(seen.itemCount) counts, none negative",
        received: "\(counts.count) counts",
        remedy: "count the items of the training interactions")
    }
    guard exponent.isFinite else {
      throw DataError(
        .invalidArgument, "the popularity exponent is not finite", received: "\(exponent)", remedy: "use 0.75 or 1")
    }
    self.seen = seen
    weights = counts.map { pow(Double($0) + 1, exponent) }
    table = try AliasTable(weights: weights)
  }

  public func draw(
    user: Int32, into buffer: UnsafeMutableBufferPointer<Int32>, random: inout RandomStream
  ) -> Bool {
    guard user >= 0, user < seen.userCount, !seen.isFull(user) else { return false }
    for place in buffer.indices {
      var drawn: Int32 = -1
      for _ in 0..<PopularityNegativeSampler.tries {
        let item = table.draw(&random)
        if !seen.contains(user: user, item: item) {
          drawn = item
          break
        }
      }
      buffer[place] = drawn >= 0 ? drawn : drawByScan(user, &random)
    }
    return true
  }

  /// The exact draw for a user who has taken nearly all of the weight.
  private func drawByScan(_ user: Int32, _ random: inout RandomStream) -> Int32 {
    var total = 0.0
    for item in 0..<Int32(seen.itemCount) where !seen.contains(user: user, item: item) { total += weights[Int(item)] }
    var rest = random.nextUnit() * total
    var last: Int32 = -1
    for item in 0..<Int32(seen.itemCount) where !seen.contains(user: user, item: item) {
      last = item
      rest -= weights[Int(item)]
      if rest < 0 { return item }
    }
    return last
  }
}
