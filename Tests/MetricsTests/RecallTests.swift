import RecommenderMetrics
import Testing

@Suite struct RecallTests {
  @Test func shareOfTheRelevant() {
    let hits = RankedHits(ranks: [0, 3, 7], relevantCount: 4)
    #expect(Recall(k: 1).value(of: hits) == 0.25)
    #expect(Recall(k: 4).value(of: hits) == 0.5)
    #expect(Recall(k: 100).value(of: hits) == 0.75)
  }

  @Test func moreRelevantThanPlaces() {
    #expect(Recall(k: 2).value(of: RankedHits(ranks: [0, 1], relevantCount: 8)) == 0.25)
  }
}
