import RecommenderMetrics
import Testing
import Torch

@Suite struct CandidateRankingTests {
  @Test("Blocks of lists give what the lists give one by one")
  func blocks() throws {
    let golden = try Golden.load().candidates
    let width = golden.lists[0].items.count
    let scores = golden.lists.flatMap(\.scores)
    for block in [1, 7, 1000] {
      let ranking = try CandidateRanking(k: golden.k, seed: golden.seed, blockSize: block)
      var place = 0
      let report = try ranking.evaluate(
        users: golden.lists.map(\.user), candidates: golden.lists.flatMap(\.items), width: width
      ) { users, items in
        #expect(users.count == items.count && users.count <= block * width)
        defer { place += items.count }
        return try Tensor(Array(scores[place..<place + items.count]), shape: [items.count / width, width])
      }
      for (name, value) in golden.values { #expect(near(report[name], value), "\(name)") }
    }
  }

  @Test("The relevant candidate may stand anywhere")
  func relevantAt() throws {
    let report = try CandidateRanking(k: [1]).evaluate(
      users: [0, 1], candidates: [1, 2, 3, 4, 5, 6], width: 3, relevantAt: 2
    ) { _, items in try Tensor(items.map { Float($0) }) }
    #expect(report["hr@1"] == 1)
  }

  @Test("Lists and scores that do not fit are errors")
  func faults() throws {
    let ranking = try CandidateRanking(k: [1])
    #expect(throws: MetricError.self) {
      try ranking.evaluate(users: [0, 1], candidates: [1, 2, 3], width: 2) { _, _ in try Tensor.ones([4]) }
    }
    #expect(throws: MetricError.self) {
      try ranking.evaluate(users: [0], candidates: [1, 2], width: 2) { _, _ in try Tensor.ones([3]) }
    }
    #expect(throws: MetricError.self) {
      try ranking.evaluate(users: [0], candidates: [], width: 0) { _, _ in try Tensor.ones([0]) }
    }
  }
}
