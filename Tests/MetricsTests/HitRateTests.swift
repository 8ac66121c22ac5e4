import RecommenderMetrics
import Testing

@Suite struct HitRateTests {
  @Test func oneHitIsEnough() {
    let hits = RankedHits(ranks: [2, 4], relevantCount: 3)
    #expect(HitRate(k: 2).value(of: hits) == 0)
    #expect(HitRate(k: 3).value(of: hits) == 1)
    #expect(HitRate(k: 10).value(of: hits) == 1)
    #expect(HitRate(k: 10).name == "hr@10")
  }

  @Test func noneRankedIsAMiss() {
    #expect(HitRate(k: 5).value(of: RankedHits(ranks: [], relevantCount: 2)) == 0)
  }
}
