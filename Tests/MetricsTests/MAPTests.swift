import RecommenderMetrics
import Testing

@Suite struct MAPTests {
  @Test func byHand() {
    // Precision 1/1 at rank 1 and 2/3 at rank 3, over two relevant.
    #expect(near(MAP(k: 5).value(of: RankedHits(ranks: [0, 2], relevantCount: 2)), (1 + 2.0 / 3) / 2))
    #expect(near(MAP(k: 2).value(of: RankedHits(ranks: [0, 2], relevantCount: 2)), 0.5))
  }

  @Test func aPerfectListIsOne() {
    #expect(MAP(k: 3).value(of: RankedHits(ranks: [0, 1, 2], relevantCount: 9)) == 1)
  }
}
