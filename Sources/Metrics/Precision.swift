/// Precision@K: the share of the first `k` places that hold a relevant item.
///
/// Divided by `k` even where fewer items were ranked: an empty place is a miss.
public struct Precision: RankingMetric {
  public let k: Int
  public init(k: Int) { self.k = k }

  public var name: String { "precision@\(k)" }

  public func value(of hits: RankedHits) -> Double { Double(hits.count(within: k)) / Double(k) }
}
