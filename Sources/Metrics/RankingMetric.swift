/// A measure of one query's ranking; a report gives its mean over the queries that have a relevant item.
public protocol RankingMetric: Sendable {
  /// As reports print it: `ndcg@10`.
  var name: String { get }

  /// The value for one query with one relevant item or more.
  func value(of hits: RankedHits) -> Double
}
