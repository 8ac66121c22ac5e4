import RecommenderMetrics
import Testing

@Suite struct MRRTests {
  @Test func theFirstHitCounts() {
    #expect(MRR().value(of: RankedHits(ranks: [0, 3], relevantCount: 2)) == 1)
    #expect(MRR().value(of: RankedHits(ranks: [3], relevantCount: 2)) == 0.25)
    #expect(MRR().value(of: RankedHits(ranks: [], relevantCount: 2)) == 0)
  }
}
