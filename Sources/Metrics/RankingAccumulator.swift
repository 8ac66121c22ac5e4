import Retrieval

/// Ranking metrics over a stream of queries; accumulators of parts merge into that of the whole.
///
/// Full ranking adds each query's best items; sampled ranking adds candidate lists with their scores. Both give HR, NDCG,
/// recall, precision and MAP at each `k`, and MRR; full ranking also coverage and novelty, candidate lists also `gauc`, the
/// mean over the lists of the AUC within each.
///
/// ```swift
/// var metrics = try RankingAccumulator(k: [10], itemCount: 1682)
/// try metrics.add(ranked: best.ids(of: 0), relevant: [49])
/// metrics.report()["ndcg@10"]
/// ```
public struct RankingAccumulator: Sendable {
  public let k: [Int]
  public let itemCount: Int
  public let seed: UInt64
  private let metrics: [any RankingMetric]
  private var sums: [Double]
  private var coverages: [Coverage]
  private var novelties: [Novelty]
  private var listAUC = (sum: 0.0, count: 0)
  private var rankedCount = 0
  private var queryCount = 0
  private var skippedCount = 0
  private var listCount = 0

  /// - Parameters:
  ///   - k: cut-offs, each 1 or more; repeated ones count once.
  ///   - itemCount: items that could be recommended.
  ///   - popularity: training interactions of each item; without it novelty is not measured.
  ///   - seed: of the tie break in candidate lists, see `TieBreak`.
  /// - Throws: `MetricError` for impossible cut-offs or popularities that are not one an item.
  public init(k: [Int], itemCount: Int, popularity: [Int]? = nil, seed: UInt64 = 0) throws(MetricError) {
    let cutoffs = Set(k).sorted()
    guard let least = cutoffs.first, least >= 1 else { throw .cutoffs(k) }
    if let popularity, popularity.count != itemCount {
      throw .lengths(metric: "novelty", "popularities", popularity.count, "items", itemCount)
    }
    self.k = cutoffs
    self.itemCount = itemCount
    self.seed = seed
    var metrics: [any RankingMetric] = []
    for k in cutoffs { metrics += [HitRate(k: k), NDCG(k: k), Recall(k: k), Precision(k: k), MAP(k: k)] }
    metrics.append(MRR())
    self.metrics = metrics
    sums = [Double](repeating: 0, count: metrics.count)
    coverages = cutoffs.map { Coverage(k: $0, itemCount: itemCount) }
    novelties = popularity.map { counts in cutoffs.map { Novelty(k: $0, popularity: counts) } } ?? []
  }

  /// Adds one query of a full ranking.
  ///
  /// - Parameters:
  ///   - ranked: its best items, `k.max()` of them or more, the best first; -1 ends the list.
  ///   - relevant: its held-out items. A query without any counts for coverage and novelty alone.
  /// - Throws: `MetricError.item` for a ranked id outside the item space.
  public mutating func add(ranked: some Collection<Int32>, relevant: some Collection<Int32>) throws(MetricError) {
    for i in coverages.indices { try coverages[i].add(ranked: ranked) }
    for i in novelties.indices { try novelties[i].add(ranked: ranked) }
    rankedCount += 1
    add(RankedHits(ranked: ranked, relevant: relevant))
  }

  /// Adds one candidate list as it stands: nothing is masked, nothing left out.
  ///
  /// - Parameters:
  ///   - items: the candidates' ids, which break ties; an item named twice keeps the order of the list.
  ///   - scores: one for each.
  ///   - relevant: places in the list of the relevant candidates.
  ///   - user: whose list it is; breaks ties together with the item.
  /// - Throws: `MetricError` for lengths or places that do not fit, or a NaN score.
  /// - Complexity: O(relevant x candidates)
  public mutating func add(
    candidates items: some RandomAccessCollection<Int32>, scores: some RandomAccessCollection<Float>,
    relevant: [Int] = [0], user: Int
  ) throws(MetricError) {
    let list = try CandidateList(
      items: Array(items), scores: Array(scores), tie: TieBreak(seed: seed, query: user), user: user)
    let ranks = try list.ranks(of: relevant)
    if let auc = list.areaUnderCurve(ranks: ranks, relevant: relevant) {
      listAUC.sum += auc
      listAUC.count += 1
    }
    listCount += 1
    add(RankedHits(ranks: ranks, relevantCount: ranks.count))
  }

  /// Adds one candidate list of a single relevant item and its negatives; ties are broken by their places.
  ///
  /// - Parameter user: breaks ties; by default the number of queries so far.
  public mutating func addCandidateScores(positive: Float, negatives: [Float], user: Int? = nil) throws(MetricError) {
    let scores = [positive] + negatives
    let places = (0..<scores.count).map { Int32(truncatingIfNeeded: $0) }
    try add(candidates: places, scores: scores, user: user ?? queryCount + skippedCount)
  }

  /// Adds what another accumulator has seen.
  ///
  /// - Throws: `MetricError.merge` when it was made with other arguments.
  public mutating func merge(_ other: RankingAccumulator) throws(MetricError) {
    guard other.k == k, other.itemCount == itemCount, other.novelties.count == novelties.count else {
      throw .merge("k = \(k) over \(itemCount) items", "k = \(other.k) over \(other.itemCount) items")
    }
    // On copies, so that a failure changes nothing.
    var coverages = coverages
    var novelties = novelties
    for i in coverages.indices { try coverages[i].merge(other.coverages[i]) }
    for i in novelties.indices { try novelties[i].merge(other.novelties[i]) }
    self.coverages = coverages
    self.novelties = novelties
    for i in sums.indices { sums[i] += other.sums[i] }
    listAUC.sum += other.listAUC.sum
    listAUC.count += other.listAUC.count
    rankedCount += other.rankedCount
    listCount += other.listCount
    queryCount += other.queryCount
    skippedCount += other.skippedCount
  }

  /// The means so far; all 0 before the first query.
  public func report() -> RankingReport {
    var values: [(name: String, value: Double)] = []
    for (metric, sum) in zip(metrics, sums) { values.append((metric.name, sum / Double(max(1, queryCount)))) }
    if rankedCount > 0 || listCount == 0 {
      for coverage in coverages { values.append((coverage.name, coverage.value)) }
      for novelty in novelties { values.append((novelty.name, novelty.value)) }
    }
    if listAUC.count > 0 { values.append(("gauc", listAUC.sum / Double(listAUC.count))) }
    return RankingReport(values: values, queryCount: queryCount, skippedCount: skippedCount)
  }

  private mutating func add(_ hits: RankedHits) {
    guard hits.relevantCount > 0 else {
      skippedCount += 1
      return
    }
    queryCount += 1
    for i in metrics.indices { sums[i] += metrics[i].value(of: hits) }
  }
}
