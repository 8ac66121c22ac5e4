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
///   - filters: `Q` of them, the items that a query may get, nil for all; none at all for no filter.
///   - queryIDs: `Q` ids by which ties are broken, by default `0..<Q`. With users' own ids a ranking does not depend on
///     how users are put into blocks.
///   - seed: of the tie break, see `TieBreak`.
///   - path: the code that ranks; leave it alone outside tests.
/// - Throws: `TorchError` for shapes or ids that do not fit, and for a NaN score, with the query and the item. An item
///   scored minus infinity is no candidate, as if it were excluded.
/// - Complexity: O(Q N D)
public func topK(
  queries: Tensor, items: Tensor, itemBias: Tensor? = nil, k: Int, excluding: ItemSets? = nil,
  among filters: [ItemFilter?] = [], queryIDs: [Int]? = nil, seed: UInt64 = 0, path: RetrievalPath = .automatic
) throws -> TopK {
  let operands: [Tensor?] = [queries, items, itemBias]
  return try withExtendedLifetime(operands) {
    try topK(
      "topK", rows: queries.shape.first ?? 0, itemCount: items.shape.first ?? 0, operands: operands, k: k,
      excluding: excluding, among: filters, queryIDs: queryIDs, seed: seed, path: path
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
  scores: Tensor, k: Int, excluding: ItemSets? = nil, among filters: [ItemFilter?] = [], queryIDs: [Int]? = nil,
  seed: UInt64 = 0, path: RetrievalPath = .automatic
) throws -> TopK {
  try withExtendedLifetime(scores) {
    try topK(
      "topK", rows: scores.shape.first ?? 0, itemCount: scores.shape.last ?? 0, operands: [scores], k: k,
      excluding: excluding, among: filters, queryIDs: queryIDs, seed: seed, path: path
    ) { options, ids, out in
      sr_retrieval_topk_scores(scores.pointer, options, ids, out)
    }
  }
}

typealias NativeSearch = (
  UnsafePointer<SRTopKOptions>, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Float>?
) -> Int32

/// What all searches share: room for the answer, and the options as C takes them.
func topK(
  _ operation: String, rows: Int, itemCount: Int, operands: [Tensor?], k: Int, excluding: ItemSets?,
  among filters: [ItemFilter?], queryIDs: [Int]?, seed: UInt64, path: RetrievalPath, _ run: NativeSearch
) throws -> TopK {
  let places = rows.multipliedReportingOverflow(by: max(k, 0))
  guard !places.overflow, k <= Int(Int32.max) else {
    throw TorchError(
      .invalidArgument, operation: operation, operands: operands.compactMap { $0?.summary },
      message: "k = \(k) places for \(rows) queries do not fit in memory; ask for no more than there are items")
  }
  let queryNames = queryIDs?.map { Int64($0) }
  let onCPU = path != .tensorOperators && operands.allSatisfy { $0?.device.isCPU ?? true }
  let allowed = try onCPU ? words(of: filters, rows: rows, itemCount: itemCount, operation) : nil
  let excluding =
    try onCPU ? excluding : excluded(by: filters, and: excluding, rows: rows, itemCount: itemCount, operation)
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
            withOptional(allowed) { allowed in
              options.query_ids = names.baseAddress
              options.query_ids_count = Int64(names.count)
              options.offsets = offsets.baseAddress
              options.offsets_count = Int64(offsets.count)
              options.excluded = excluded.baseAddress
              options.excluded_count = Int64(excluded.count)
              options.allowed = allowed.baseAddress
              options.allowed_count = Int64(allowed.count)
              return run(&options, idBuffer.baseAddress, scoreBuffer.baseAddress)
            }
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

// MARK: Filters

/// The filters of all queries end to end; nil where nothing is filtered.
private func words(of filters: [ItemFilter?], rows: Int, itemCount: Int, _ operation: String) throws -> [UInt64]? {
  guard filters.contains(where: { $0 != nil }), try require(filters, rows: rows, itemCount: itemCount, operation) else {
    return nil
  }
  let all = [UInt64](repeating: .max, count: (itemCount + 63) / 64)
  return filters.flatMap { $0?.words ?? all }
}

/// The same as exclusions: for a GPU, which knows no words.
private func excluded(
  by filters: [ItemFilter?], and excluding: ItemSets?, rows: Int, itemCount: Int, _ operation: String
) throws -> ItemSets? {
  guard filters.contains(where: { $0 != nil }), try require(filters, rows: rows, itemCount: itemCount, operation) else {
    return excluding
  }
  return ItemSets(
    filters.enumerated().map { row, filter in
      let seen = excluding.map { row < $0.count ? Array($0[row]) : [] } ?? []
      guard let filter else { return seen }
      return seen + (0..<Int32(itemCount)).filter { !filter.contains(Int($0)) }
    })
}

private func require(_ filters: [ItemFilter?], rows: Int, itemCount: Int, _ operation: String) throws -> Bool {
  guard filters.count == rows, filters.allSatisfy({ $0.map { $0.count == itemCount } ?? true }) else {
    throw TorchError(
      .invalidArgument, operation: operation,
      message:
        "\(filters.count) filters for \(rows) queries of \(itemCount) items; pass one a query, made for these items")
  }
  return true
}
