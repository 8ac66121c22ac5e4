/// MAP@K: the mean, over the relevant items, of the precision at the rank where each stands, 0 for those outside the first
/// `k`.
///
/// Divided by `min(k, relevant)`, so that a perfect list gets 1.
public struct MAP: RankingMetric {
  public let k: Int
  public init(k: Int) { self.k = k }

  public var name: String { "map@\(k)" }

  public func value(of hits: RankedHits) -> Double {
    guard hits.relevantCount > 0 else { return 0 }
    var sum = 0.0
    for (before, rank) in hits.ranks.enumerated() where rank < k { sum += Double(before + 1) / Double(rank + 1) }
    return sum / Double(min(k, hits.relevantCount))
  }
}
