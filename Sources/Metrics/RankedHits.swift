/// Where the relevant items of one query stand in its ranking: all that the metrics of accuracy look at.
///
/// ```swift
/// RankedHits(ranked: [7, 3, 9, 1], relevant: [3, 1, 5]).ranks   // [1, 3], of 3 relevant
/// ```
public struct RankedHits: Sendable, Equatable {
  /// Ranks of the relevant items that were ranked, from 0, ascending.
  public let ranks: [Int]
  /// How many relevant items there are, ranked or not.
  public let relevantCount: Int

  /// - Precondition: `ranks` is ascending and no longer than `relevantCount`.
  public init(ranks: [Int], relevantCount: Int) {
    self.ranks = ranks
    self.relevantCount = relevantCount
  }

  /// - Parameters:
  ///   - ranked: item ids, the best first; an item named twice counts once; -1 ends the list, as in `TopK`.
  ///   - relevant: item ids in any order; repeated ones count once.
  /// - Complexity: O(ranked + relevant)
  public init(ranked: some Collection<Int32>, relevant: some Collection<Int32>) {
    if relevant.count == 1, let only = relevant.first {
      // Leave-one-out: one comparison an item, no set.
      ranks = ranked.enumerated().first { $0.element == only }.map { [$0.offset] } ?? []
      relevantCount = 1
      return
    }
    var left = Set(relevant)
    relevantCount = left.count
    var found: [Int] = []
    for (rank, item) in ranked.enumerated() {
      if item < 0 || left.isEmpty { break }
      if left.remove(item) != nil { found.append(rank) }
    }
    ranks = found
  }

  /// How many relevant items stand among the first `k`.
  public func count(within k: Int) -> Int {
    // Few enough that a search would not pay.
    ranks.count { $0 < k }
  }
}
