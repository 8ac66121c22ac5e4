import RecommenderMetrics
import Testing

@Suite struct NoveltyTests {
  @Test func equalPopularityIsTheLogarithmOfTheItems() throws {
    var novelty = Novelty(k: 4, popularity: [Int](repeating: 7, count: 16))
    try novelty.add(ranked: [3, 9, 15, 0, 1])
    #expect(near(novelty.value, 4))
  }

  @Test func byHand() throws {
    // (3 + 1) / (3 + 0 + 1) of the counts plus one each: shares 4/8, 1/8, 1/8, 2/8.
    var novelty = Novelty(k: 2, popularity: [3, 0, 0, 1])
    try novelty.add(ranked: [0, 1, 2])
    #expect(near(novelty.value, 2))
    var other = Novelty(k: 2, popularity: [3, 0, 0, 1])
    try other.add(ranked: [3, -1])
    try novelty.merge(other)
    #expect(near(novelty.value, 2))
  }

  @Test func refusesItemsItDoesNotKnow() {
    var novelty = Novelty(k: 2, popularity: [1, 2])
    #expect(throws: MetricError.item(2, at: 0, itemCount: 2)) { try novelty.add(ranked: [2]) }
    #expect(throws: MetricError.self) { try novelty.merge(Novelty(k: 2, popularity: [1, 3])) }
  }

  @Test func nothingRankedYet() { #expect(Novelty(k: 1, popularity: []).value == 0) }
}
