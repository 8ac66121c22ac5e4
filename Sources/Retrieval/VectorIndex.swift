import Torch

/// Vectors of items that are asked for the nearest to a query, by dot product plus the items' biases.
///
/// Exact ones and approximate ones answer alike; see ``ExactIndex``. Safe to ask from several threads at once.
public protocol VectorIndex: Sendable {
  /// `N`.
  var count: Int { get }
  /// `D`.
  var dimension: Int { get }

  /// The `k` best items of each query.
  ///
  /// - Parameters:
  ///   - queries: `[Q, D]` floating point.
  ///   - k: places a query; those beyond its last candidate are filled with -1.
  ///   - filters: `Q` of them: the items that a query may get, nil for all; none at all for no filter.
  ///   - excluding: `Q` rows of item ids that a query may not get.
  ///   - queryIDs: `Q` ids by which ties are broken, by default `0..<Q`.
  ///   - seed: of the tie break, see ``TieBreak``.
  /// - Throws: `TorchError` for shapes or ids that do not fit, and for a NaN score.
  func search(
    _ queries: Tensor, k: Int, among filters: [ItemFilter?], excluding: ItemSets?, queryIDs: [Int]?, seed: UInt64
  ) throws -> TopK
}

extension VectorIndex {
  public func search(_ queries: Tensor, k: Int, among filters: [ItemFilter?] = [], excluding: ItemSets? = nil) throws
    -> TopK
  {
    try search(queries, k: k, among: filters, excluding: excluding, queryIDs: nil, seed: 0)
  }
}
