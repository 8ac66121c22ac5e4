import CSwiftRec
import Torch

/// The `k` items of greatest dot product (plus bias) for each query, items it has seen left out.
///
/// Exact: every item is scored. On the CPU each score is one chain of fused multiply-adds over the dimensions, the same
/// bits for every instruction set, block size and number of threads; elsewhere LibTorch multiplies. Memory beside the
/// answer is bounded by blocks and does not grow with `Q` x `N`.
///
/// ```swift
/// let best = try topK(queries: users, items: films, k: 10, excluding: seen)
/// best.ids(of: 0)   // ten film ids for the first user, the best first
/// ```
///
/// - Parameters:
///   - queries: `[Q, D]` floating point; used as float32.
///   - items: `[N, D]`, on the same device.
///   - itemBias: `[N]`, added to the scores.
///   - k: places a query; those beyond its last candidate are filled with -1.
///   - excluding: `Q` rows of item ids that a query may not get, in any order. Their scores are never looked at.
///   - queryIDs: `Q` ids by which ties are broken, by default `0..<Q`. With users' own ids a ranking does not depend on
///     how users are put into blocks.
///   - seed: of the tie break, see `TieBreak`.
///   - path: the code that ranks; leave it alone outside tests.
/// - Throws: `TorchError` for shapes or ids that do not fit, and for a NaN score, with the query and the item. An item
///   scored minus infinity is no candidate, as if it were excluded.
/// - Complexity: O(Q N D)
public func topK(
  queries: Tensor, items: Tensor, itemBias: Tensor? = nil, k: Int, excluding: ItemSets? = nil,
  queryIDs: [Int]? = nil, seed: UInt64 = 0, path: RetrievalPath = .automatic
) throws -> TopK {
  let operands: [Tensor?] = [queries, items, itemBias]
  return try withExtendedLifetime(operands) {
    try search(
      "topK", rows: queries.shape.first ?? 0, operands: operands, k: k, excluding: excluding, queryIDs: queryIDs,
      seed: seed, path: path
    ) { options, ids, scores in
      sr_retrieval_topk_dot(queries.pointer, items.pointer, itemBias?.pointer, options, ids, scores)
    }
  }
}

/// The `k` best items of each query by scores that are given: for models that are no dot product.
///
/// - Parameter scores: `[Q, N]` floating point, compared as float32. Pass blocks of queries where the whole would be
///   large; `queryIDs` keeps the tie break what it was.
/// - Throws: as `topK(queries:items:...)`.
/// - Complexity: O(Q N)
public func topK(
  scores: Tensor, k: Int, excluding: ItemSets? = nil, queryIDs: [Int]? = nil, seed: UInt64 = 0,
  path: RetrievalPath = .automatic
) throws -> TopK {
  try withExtendedLifetime(scores) {
    try search(
      "topK", rows: scores.shape.first ?? 0, operands: [scores], k: k, excluding: excluding, queryIDs: queryIDs,
      seed: seed, path: path
    ) { options, ids, out in
      sr_retrieval_topk_scores(scores.pointer, options, ids, out)
    }
  }
}

private typealias NativeSearch = (
  UnsafePointer<SRTopKOptions>, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Float>?
) -> Int32

private func search(
  _ operation: String, rows: Int, operands: [Tensor?], k: Int, excluding: ItemSets?, queryIDs: [Int]?, seed: UInt64,
  path: RetrievalPath, _ run: NativeSearch
) throws -> TopK {
  let places = rows.multipliedReportingOverflow(by: max(k, 0))
  guard !places.overflow, k <= Int(Int32.max) else {
    throw TorchError(
      .invalidArgument, operation: operation, operands: operands.compactMap { $0?.summary },
      message: "k = \(k) places for \(rows) queries do not fit in memory; ask for no more than there are items")
  }
  let queryNames = queryIDs?.map { Int64($0) }
  let total = places.partialValue
  var scores: [Float] = []
  let ids = try [Int32](unsafeUninitializedCapacity: total) { idBuffer, idCount in
    scores = try [Float](unsafeUninitializedCapacity: total) { scoreBuffer, scoreCount in
      var options = SRTopKOptions()
      options.k = Int64(k)
      options.seed = seed
      options.path = path.rawValue
      let status = withOptional(queryNames) { names in
        withOptional(excluding?.offsets) { offsets in
          withOptional(excluding?.ids) { excluded in
            options.query_ids = names.baseAddress
            options.query_ids_count = Int64(names.count)
            options.offsets = offsets.baseAddress
            options.offsets_count = Int64(offsets.count)
            options.excluded = excluded.baseAddress
            options.excluded_count = Int64(excluded.count)
            return run(&options, idBuffer.baseAddress, scoreBuffer.baseAddress)
          }
        }
      }
      try check(status, operation, operands)
      scoreCount = total
    }
    idCount = total
  }
  return TopK(queryCount: rows, k: k, ids: ids, scores: scores)
}

/// The elements of an array, or an empty buffer without an address for nil.
private func withOptional<Element, R>(_ array: [Element]?, _ body: (UnsafeBufferPointer<Element>) -> R) -> R {
  guard let array else { return body(UnsafeBufferPointer(start: nil, count: 0)) }
  return array.withUnsafeBufferPointer(body)
}
