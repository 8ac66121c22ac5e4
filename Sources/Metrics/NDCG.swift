import Foundation

/// NDCG@K with binary relevance: the sum of `1 / log2(rank + 1)` over the relevant items among the first `k` (ranks from
/// 1), divided by what the best possible ranking would get.
///
/// The best ranking has `min(k, relevant)` hits at the top.
///
/// Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques".
public struct NDCG: RankingMetric {
  public let k: Int
  public init(k: Int) { self.k = k }

  public var name: String { "ndcg@\(k)" }

  public func value(of hits: RankedHits) -> Double {
    var gain = 0.0
    for rank in hits.ranks where rank < k { gain += Self.discount(rank) }
    guard gain > 0 else { return 0 }
    var ideal = 0.0
    for rank in 0..<min(k, hits.relevantCount) { ideal += Self.discount(rank) }
    return gain / ideal
  }

  private static func discount(_ rank: Int) -> Double { 1 / log2(Double(rank + 2)) }
}
