import Retrieval

/// The same search written down plainly: every score, one sort.
struct BruteForce {
  var queries: [[Float]]
  var items: [[Float]]
  var bias: [Float]?
  var excluded: [[Int32]]
  var k: Int
  var seed: UInt64 = 0
  var queryIDs: [Int]?

  /// One fused multiply-add a dimension, in order: the arithmetic that the kernels promise.
  func score(_ query: Int, _ item: Int) -> Float {
    var sum: Float = 0
    for (q, v) in zip(queries[query], items[item]) { sum = sum.addingProduct(q, v) }
    return sum + (bias?[item] ?? 0) + 0
  }

  func run() -> TopK { Self.rank(queries.count, items.count, excluded, k, seed, queryIDs, score) }

  static func rank(
    _ queries: Int, _ items: Int, _ excluded: [[Int32]], _ k: Int, _ seed: UInt64, _ queryIDs: [Int]?,
    _ score: (Int, Int) -> Float
  ) -> TopK {
    var ids: [Int32] = []
    var scores: [Float] = []
    for query in 0..<queries {
      let tie = TieBreak(seed: seed, query: queryIDs?[query] ?? query)
      let hidden = Set(excluded.isEmpty ? [] : excluded[query])
      var candidates: [(id: Int32, score: Float)] = []
      for item in 0..<items where !hidden.contains(Int32(item)) {
        let value = score(query, item)
        if value > -.infinity { candidates.append((Int32(item), value)) }
      }
      candidates.sort { a, b in a.score != b.score ? a.score > b.score : tie.hash(a.id) > tie.hash(b.id) }
      for place in 0..<k {
        ids.append(place < candidates.count ? candidates[place].id : -1)
        scores.append(place < candidates.count ? candidates[place].score : -.infinity)
      }
    }
    return TopK(queryCount: queries, k: k, ids: ids, scores: scores)
  }
}

/// Seeded numbers for test data.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64
  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }

  mutating func vectors(_ count: Int, _ dim: Int) -> [[Float]] {
    (0..<count).map { _ in (0..<dim).map { _ in Float.random(in: -1...1, using: &self) } }
  }

  /// Small whole numbers: every sum is exact, and many scores are equal.
  mutating func wholeVectors(_ count: Int, _ dim: Int) -> [[Float]] {
    (0..<count).map { _ in (0..<dim).map { _ in Float(Int.random(in: -2...2, using: &self)) } }
  }

  mutating func sets(_ rows: Int, of items: Int, upTo most: Int) -> [[Int32]] {
    (0..<rows).map { _ in
      (0..<Int.random(in: 0...most, using: &self)).map { _ in Int32.random(in: 0..<Int32(items), using: &self) }
    }
  }
}
