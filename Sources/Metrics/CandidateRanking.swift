import Torch

/// Ranks the relevant item of each user among given or sampled candidates, the protocol of He et al. 2017.
///
/// Lists are scored as they stand: a candidate that the user has in fact seen stays in. Fast, and comparable with published
/// numbers, but not with a full ranking.
///
/// ```swift
/// let ranking = try CandidateRanking(k: [10])
/// let report = try ranking.evaluate(users: [0, 1], candidates: [25, 1064, 174, 133, 207, 208], width: 3) { users, items in
///   try model.pairScores(users: Tensor(users), items: Tensor(items))
/// }
/// ```
public struct CandidateRanking: Sendable {
  public let blockSize: Int
  private let empty: RankingAccumulator

  /// - Parameters:
  ///   - k: cut-offs.
  ///   - seed: of the tie break between users' and items' ids, see `TieBreak`.
  ///   - blockSize: users scored at once.
  /// - Throws: `MetricError` for impossible cut-offs.
  public init(k: [Int], seed: UInt64 = 0, blockSize: Int = 1024) throws(MetricError) {
    empty = try RankingAccumulator(k: k, itemCount: 0, seed: seed)
    self.blockSize = max(1, blockSize)
  }

  /// - Parameters:
  ///   - users: `U` user ids.
  ///   - candidates: item ids `[U, C]`, row by row.
  ///   - width: `C`, candidates a user.
  ///   - relevantAt: the place of the relevant item in every list.
  ///   - scores: scores of pairs, given `B * C` users (each repeated `C` times) and as many items; as many numbers.
  /// - Throws: what `scores` throws, `MetricError` for lengths that do not fit or a NaN score.
  public func evaluate(
    users: [Int], candidates: [Int32], width: Int, relevantAt: Int = 0,
    scores: (_ users: [Int], _ items: [Int32]) throws -> Tensor
  ) throws -> RankingReport {
    guard width > 0, candidates.count == users.count * width else {
      throw MetricError.lengths(
        metric: "candidate ranking of width \(width)", "candidates", candidates.count, "users", users.count)
    }
    var metrics = empty
    for start in stride(from: 0, to: users.count, by: blockSize) {
      let block = users[start..<min(users.count, start + blockSize)]
      let items = Array(candidates[block.startIndex * width..<block.endIndex * width])
      let repeated = block.flatMap { repeatElement($0, count: width) }
      let values = try noGrad { try scores(repeated, items).floats() }
      guard values.count == items.count else {
        throw MetricError.lengths(metric: "candidate ranking", "scores", values.count, "pairs", items.count)
      }
      for (row, user) in block.enumerated() {
        let list = row * width..<(row + 1) * width
        try metrics.add(candidates: items[list], scores: values[list], relevant: [relevantAt], user: user)
      }
    }
    return metrics.report()
  }
}
