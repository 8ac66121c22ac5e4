import RecommenderMetrics
import Retrieval
import Testing

@Suite struct RankingAccumulatorTests {
  @Test("Full rankings give the reference's numbers, in whatever parts they are added")
  func fullRanking() throws {
    let golden = try Golden.load().full
    let empty = try RankingAccumulator(k: golden.k, itemCount: golden.items, popularity: golden.popularity)
    var whole = empty
    var parts = [empty, empty, empty]
    for (i, query) in golden.queries.enumerated() {
      try whole.add(ranked: query.ranked, relevant: query.relevant)
      try parts[i % 3].add(ranked: query.ranked, relevant: query.relevant)
    }
    var merged = empty
    for part in parts { try merged.merge(part) }
    for report in [whole.report(), merged.report()] {
      #expect(report.queryCount == golden.queries.count { !$0.relevant.isEmpty })
      #expect(report.queryCount + report.skippedCount == golden.queries.count)
      #expect(report.values.count == golden.values.count)
      for (name, value) in golden.values { #expect(near(report[name], value), "\(name)") }
    }
  }

  @Test("Candidate lists give the reference's numbers, ties broken by the hash")
  func candidateLists() throws {
    let golden = try Golden.load().candidates
    var metrics = try RankingAccumulator(k: golden.k, itemCount: 0, seed: golden.seed)
    for list in golden.lists { try metrics.add(candidates: list.items, scores: list.scores, user: list.user) }
    let report = metrics.report()
    #expect(report.values.count == golden.values.count)
    for (name, value) in golden.values { #expect(near(report[name], value), "\(name)") }
  }

  @Test("The tie break is the reference's")
  func ties() throws {
    for tie in try Golden.load().ties {
      let seed = try #require(UInt64(tie.seed))
      #expect(TieBreak(seed: seed, query: tie.query).hash(tie.item) == tie.hash)
    }
  }

  @Test("A model that scores everything alike gets what chance gives")
  func constantScores() throws {
    var metrics = try RankingAccumulator(k: [10], itemCount: 0, seed: 8)
    for user in 0..<4000 {
      try metrics.addCandidateScores(positive: 0, negatives: [Float](repeating: 0, count: 99), user: user)
    }
    let report = metrics.report()
    // Six standard deviations of a binomial(4000, 0.1).
    #expect(near(report["hr@10"], 0.1, 0.029))
    #expect(report["gauc"] == 0.5)
    #expect(report["coverage@10"] == nil)
  }

  @Test("Several relevant candidates, and where they stand in the list does not matter")
  func relevantPlaces() throws {
    var front = try RankingAccumulator(k: [2], itemCount: 0)
    try front.add(candidates: [10, 11, 12, 13], scores: [4, 2, 3, 1], relevant: [0, 1], user: 3)
    var back = try RankingAccumulator(k: [2], itemCount: 0)
    try back.add(candidates: [13, 12, 11, 10], scores: [1, 3, 2, 4], relevant: [3, 2, 3], user: 3)
    for report in [front.report(), back.report()] {
      #expect(report["recall@2"] == 0.5)
      #expect(report["mrr"] == 1)
      #expect(report["gauc"] == 0.75)
    }
  }

  @Test("An item that stands in the list twice is still one place each")
  func repeatedCandidate() throws {
    var metrics = try RankingAccumulator(k: [1], itemCount: 0)
    try metrics.add(candidates: [5, 5], scores: [1, 1], user: 0)
    #expect(metrics.report()["hr@1"] == 1)
  }

  @Test("Faults name what they got")
  func faults() throws {
    #expect(throws: MetricError.cutoffs([])) { try RankingAccumulator(k: [], itemCount: 3) }
    #expect(throws: MetricError.cutoffs([0, 5])) { try RankingAccumulator(k: [0, 5], itemCount: 3) }
    #expect(throws: MetricError.self) { try RankingAccumulator(k: [1], itemCount: 3, popularity: [1]) }
    var metrics = try RankingAccumulator(k: [1], itemCount: 3)
    #expect(throws: MetricError.item(3, at: 0, itemCount: 3)) { try metrics.add(ranked: [3], relevant: [1]) }
    #expect(throws: MetricError.place(2, listLength: 2)) {
      try metrics.add(candidates: [0, 1], scores: [1, 2], relevant: [2], user: 0)
    }
    let nan = #expect(throws: MetricError.self) { try metrics.add(candidates: [0, 1], scores: [1, .nan], user: 17) }
    #expect(nan?.description.contains("candidate list of user 17: score at position 1 is nan") == true)
    #expect(throws: MetricError.self) { try metrics.merge(RankingAccumulator(k: [2], itemCount: 3)) }
    #expect(metrics.report().queryCount == 0)
    #expect(metrics.report()["hr@1"] == 0)
  }
}
