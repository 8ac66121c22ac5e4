/// Recall@K: the share of the relevant items that are among the first `k`.
///
/// Divided by all relevant items, as LightGCN and its successors report it, so a query with more than `k` of them cannot
/// reach 1.
public struct Recall: RankingMetric {
  public let k: Int
  public init(k: Int) { self.k = k }

  public var name: String { "recall@\(k)" }

  public func value(of hits: RankedHits) -> Double {
    guard hits.relevantCount > 0 else { return 0 }
    return Double(hits.count(within: k)) / Double(hits.relevantCount)
  }
}
