/// HR@K: 1 when a relevant item is among the first `k`, else 0.
///
/// With one relevant item a query it is Recall@K.
public struct HitRate: RankingMetric {
  public let k: Int
  public init(k: Int) { self.k = k }

  public var name: String { "hr@\(k)" }

  public func value(of hits: RankedHits) -> Double {
    guard let first = hits.ranks.first else { return 0 }
    return first < k ? 1 : 0
  }
}
