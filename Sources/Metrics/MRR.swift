/// MRR: one over the rank (from 1) of the first relevant item, 0 when none was ranked.
///
/// Over the whole list it is given. A full ranking keeps the best `max(k)` items a query, so there it is MRR@max(k);
/// candidate lists are ranked to their end.
public struct MRR: RankingMetric {
  public init() {}

  public var name: String { "mrr" }

  public func value(of hits: RankedHits) -> Double {
    guard let first = hits.ranks.first else { return 0 }
    return 1 / Double(first + 1)
  }
}
