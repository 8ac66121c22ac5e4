import RecommenderMetrics
import Testing

@Suite struct RankedHitsTests {
  @Test func findsTheRelevant() {
    #expect(RankedHits(ranked: [7, 3, 9, 1], relevant: [3, 1, 5]) == RankedHits(ranks: [1, 3], relevantCount: 3))
    #expect(RankedHits(ranked: [7, 3], relevant: [3]) == RankedHits(ranks: [1], relevantCount: 1))
    #expect(RankedHits(ranked: [7, 3], relevant: [4]) == RankedHits(ranks: [], relevantCount: 1))
    #expect(RankedHits(ranked: [7, 3], relevant: []) == RankedHits(ranks: [], relevantCount: 0))
  }

  @Test func repeatsCountOnceAndPaddingEndsTheList() {
    #expect(RankedHits(ranked: [3, 3, 1], relevant: [3, 3, 1]) == RankedHits(ranks: [0, 2], relevantCount: 2))
    #expect(RankedHits(ranked: [3, -1, 1], relevant: [3, 1]) == RankedHits(ranks: [0], relevantCount: 2))
  }
}
