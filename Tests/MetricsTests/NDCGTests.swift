import Foundation
import RecommenderMetrics
import Testing

@Suite struct NDCGTests {
  @Test func oneRelevantItem() {
    for rank in 0..<10 {
      let value = NDCG(k: 10).value(of: RankedHits(ranks: [rank], relevantCount: 1))
      #expect(near(value, 1 / log2(Double(rank + 2))))
    }
    #expect(NDCG(k: 3).value(of: RankedHits(ranks: [3], relevantCount: 1)) == 0)
  }

  @Test func aPerfectListIsOneHoweverManyAreRelevant() {
    #expect(near(NDCG(k: 3).value(of: RankedHits(ranks: [0, 1, 2], relevantCount: 50)), 1))
    #expect(near(NDCG(k: 10).value(of: RankedHits(ranks: [0, 1], relevantCount: 2)), 1))
  }

  @Test func byHand() {
    // Hits at ranks 1 and 3 of two relevant: (1 + 1/2) / (1 + 1/log2(3)).
    let value = NDCG(k: 5).value(of: RankedHits(ranks: [0, 2], relevantCount: 2))
    #expect(near(value, 1.5 / (1 + 1 / log2(3))))
  }
}
