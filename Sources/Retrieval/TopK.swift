/// The best items of each query, the best first.
public struct TopK: Sendable, Equatable {
  /// The number of queries, `Q`.
  public let queryCount: Int
  /// Places a query has; those it cannot fill hold the id -1 and the score minus infinity.
  public let k: Int
  /// Item ids `[Q, k]`, row by row.
  public let ids: [Int32]
  /// Their scores `[Q, k]`, row by row.
  public let scores: [Float]

  public init(queryCount: Int, k: Int, ids: [Int32], scores: [Float]) {
    self.queryCount = queryCount
    self.k = k
    self.ids = ids
    self.scores = scores
  }

  /// The items of one query without the padding.
  ///
  /// - Precondition: `row` is in `0..<queryCount`.
  /// - Complexity: O(log k)
  public func ids(of row: Int) -> ArraySlice<Int32> { ids[row * k..<row * k + filled(row)] }

  /// The scores of one query without the padding.
  public func scores(of row: Int) -> ArraySlice<Float> { scores[row * k..<row * k + filled(row)] }

  private func filled(_ row: Int) -> Int {
    var low = 0
    var high = k
    while low < high {
      let middle = (low + high) / 2
      if ids[row * k + middle] >= 0 { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
