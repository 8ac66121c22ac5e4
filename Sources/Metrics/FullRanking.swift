import Retrieval
import Torch

/// Ranks every item for each user and measures the result: nothing is sampled, seen items are masked.
///
/// Users go through in blocks and only the best `k.max()` items of each are kept for as long as they are measured, so
/// memory does not grow with users x items.
///
/// ```swift
/// let ranking = try FullRanking(k: [10, 20], itemCount: 1682, popularity: counts)
/// let report = try ranking.evaluate(users: Array(0..<943), seen: seen, relevant: test, items: itemVectors) { users in
///   try userVectors.indexSelect(dim: 0, index: Tensor(users))
/// }
/// report["ndcg@10"]
/// ```
///
/// Krichene and Rendle 2020, "On sampled metrics for item recommendation", say why nothing is sampled.
public struct FullRanking: Sendable {
  public let blockSize: Int
  private let empty: RankingAccumulator

  /// - Parameters:
  ///   - k: cut-offs.
  ///   - itemCount: items that are ranked.
  ///   - popularity: training interactions of each item, for novelty.
  ///   - seed: of the tie break between users' and items' ids, see `TieBreak`.
  ///   - blockSize: users ranked at once.
  /// - Throws: `MetricError` for impossible cut-offs.
  public init(
    k: [Int], itemCount: Int, popularity: [Int]? = nil, seed: UInt64 = 0, blockSize: Int = 2048
  ) throws(MetricError) {
    empty = try RankingAccumulator(k: k, itemCount: itemCount, popularity: popularity, seed: seed)
    self.blockSize = max(1, blockSize)
  }

  /// Measures a model whose scores are dot products.
  ///
  /// - Parameters:
  ///   - users: ids of the users to rank for.
  ///   - seen: rows by user id; items that are masked for that user.
  ///   - relevant: rows by user id; the held-out items.
  ///   - items: `[N, D]`.
  ///   - itemBias: `[N]`.
  ///   - queries: vectors `[B, D]` of the users asked for.
  /// - Throws: what `queries` throws, `TorchError` for a NaN score or shapes that do not fit.
  public func evaluate(
    users: [Int], seen: ItemSets? = nil, relevant: ItemSets, items: Tensor, itemBias: Tensor? = nil,
    queries: ([Int]) throws -> Tensor
  ) throws -> RankingReport {
    try requireItems(items.shape.first)
    return try measure(users, relevant) { block in
      try topK(
        queries: queries(block), items: items, itemBias: itemBias, k: depth, excluding: seen?.rows(block),
        queryIDs: block, seed: empty.seed)
    }
  }

  /// Measures any model by the scores it gives.
  ///
  /// - Parameter scores: `[B, N]` for the users asked for, every item scored.
  /// - Throws: what `scores` throws, `TorchError` for a NaN score or shapes that do not fit.
  public func evaluate(
    users: [Int], seen: ItemSets? = nil, relevant: ItemSets, scores: ([Int]) throws -> Tensor
  ) throws -> RankingReport {
    try measure(users, relevant) { block in
      let matrix = try scores(block)
      try requireItems(matrix.shape.last)
      return try topK(scores: matrix, k: depth, excluding: seen?.rows(block), queryIDs: block, seed: empty.seed)
    }
  }

  private var depth: Int { empty.k.last ?? 1 }

  private func requireItems(_ scored: Int?) throws(MetricError) {
    let scored = scored ?? 0
    guard scored == empty.itemCount else {
      throw .lengths(metric: "full ranking", "scored items", scored, "items", empty.itemCount)
    }
  }

  private func measure(_ users: [Int], _ relevant: ItemSets, _ rank: ([Int]) throws -> TopK) throws -> RankingReport {
    var metrics = empty
    for start in stride(from: 0, to: users.count, by: blockSize) {
      let block = Array(users[start..<min(users.count, start + blockSize)])
      let best = try noGrad { try rank(block) }
      let wanted = try relevant.rows(block)
      for row in block.indices { try metrics.add(ranked: best.ids(of: row), relevant: wanted[row]) }
    }
    return metrics.report()
  }
}
