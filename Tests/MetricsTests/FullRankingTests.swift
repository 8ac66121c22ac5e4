import RecommenderMetrics
import Retrieval
import Testing
import Torch

@Suite struct FullRankingTests {
  private let users = 37
  private let items = 50

  private func vectors(_ rows: Int, _ seed: UInt64) throws -> Tensor {
    try Tensor.randn([rows, 6], generator: Generator(seed: seed))
  }

  private func sets(_ step: Int, _ count: Int) -> ItemSets {
    ItemSets((0..<users).map { user in (0..<count).map { Int32((user * 7 + $0 * step) % items) } })
  }

  @Test("Block size and route make no difference, and nothing seen is ranked")
  func blocks() throws {
    let u = try vectors(users, 1)
    let v = try vectors(items, 2)
    let bias = try Tensor.randn([items], generator: Generator(seed: 3))
    let seen = sets(3, 9)
    let relevant = sets(11, 2)
    let popularity = (0..<items).map { $0 * $0 }
    var reports: [[Double]] = []
    for block in [1, 10, 1000] {
      let ranking = try FullRanking(k: [5, 20], itemCount: items, popularity: popularity, blockSize: block)
      let dot = try ranking.evaluate(
        users: Array(0..<users), seen: seen, relevant: relevant, items: v, itemBias: bias
      ) { try u.indexSelect(dim: 0, index: Tensor($0)) }
      let given = try ranking.evaluate(users: Array(0..<users), seen: seen, relevant: relevant) { ids in
        try u.indexSelect(dim: 0, index: Tensor(ids)).matmul(v.t()) + bias
      }
      #expect(dot.queryCount == users)
      reports += [dot.values.map(\.value), given.values.map(\.value)]
    }
    for report in reports { #expect(report == reports[0]) }

    var metrics = try RankingAccumulator(k: [5, 20], itemCount: items, popularity: popularity)
    let best = try topK(queries: u, items: v, itemBias: bias, k: 20, excluding: seen)
    for user in 0..<users {
      #expect(Set(best.ids(of: user)).isDisjoint(with: seen[user]))
      try metrics.add(ranked: best.ids(of: user), relevant: relevant[user])
    }
    #expect(metrics.report().values.map(\.value) == reports[0])
  }

  @Test("A model that knows the answer gets 1 everywhere")
  func oracle() throws {
    let relevant = sets(11, 3)
    let report = try FullRanking(k: [3], itemCount: items).evaluate(users: Array(0..<users), relevant: relevant) {
      ids in
      var rows = [Float](repeating: 0, count: ids.count * items)
      for (row, user) in ids.enumerated() { for item in relevant[user] { rows[row * items + Int(item)] = 1 } }
      return try Tensor(rows, shape: [ids.count, items])
    }
    for name in ["hr@3", "ndcg@3", "recall@3", "precision@3", "map@3", "mrr"] {
      #expect(near(report[name], 1), "\(name)")
    }
  }

  @Test("Users in any order and number: each is ranked by its own id")
  func someUsers() throws {
    let u = try vectors(users, 1)
    let ranking = try FullRanking(k: [5], itemCount: items, blockSize: 3)
    func measure(_ ids: [Int]) throws -> Double? {
      // Items that all tie: only the hash of user and item ranks.
      try ranking.evaluate(users: ids, relevant: sets(11, 2), items: Tensor.zeros([items, 6])) {
        try u.indexSelect(dim: 0, index: Tensor($0))
      }["hr@5"]
    }
    #expect(try measure([4, 30, 7, 12, 1]) == measure([1, 4, 7, 12, 30]))
    #expect(try measure([]) == 0)
  }

  @Test("A user the sets do not hold and a NaN are errors that name the user")
  func faults() throws {
    let ranking = try FullRanking(k: [5], itemCount: items)
    let scores: ([Int]) throws -> Tensor = { try Tensor.ones([$0.count, 50]) }
    let row = #expect(throws: ItemSetsError.self) {
      try ranking.evaluate(users: [99], relevant: sets(1, 1), scores: scores)
    }
    #expect(row?.description.contains("row 99") == true)
    let nan = #expect(throws: TorchError.self) {
      try ranking.evaluate(users: [36], relevant: sets(1, 1)) { _ in try Tensor.full([1, 50], Double.nan) }
    }
    #expect(nan?.message.contains("query 36 (row 0) scores item 0 as NaN") == true)
    #expect(throws: TorchError.self) {
      try ranking.evaluate(users: [1, 2], relevant: sets(1, 1)) { _ in try Tensor.ones([1, 50]) }
    }
    #expect(throws: MetricError.lengths(metric: "full ranking", "scored items", 49, "items", 50)) {
      try ranking.evaluate(users: [1], relevant: sets(1, 1)) { _ in try Tensor.ones([1, 49]) }
    }
    #expect(throws: MetricError.self) {
      try ranking.evaluate(users: [1], relevant: sets(1, 1), items: Tensor.ones([51, 2])) { _ in
        try Tensor.ones([1, 2])
      }
    }
  }
}
