import RecommenderMetrics
import Testing

@Suite struct PrecisionTests {
  @Test func shareOfThePlaces() {
    let hits = RankedHits(ranks: [0, 3, 7], relevantCount: 4)
    #expect(Precision(k: 1).value(of: hits) == 1)
    #expect(Precision(k: 4).value(of: hits) == 0.5)
    #expect(Precision(k: 10).value(of: hits) == 0.3)
  }
}
