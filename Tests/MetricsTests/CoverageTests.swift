import RecommenderMetrics
import Testing

@Suite struct CoverageTests {
  @Test func countsEachItemOnce() throws {
    var coverage = Coverage(k: 2, itemCount: 8)
    try coverage.add(ranked: [1, 2, 3])
    try coverage.add(ranked: [2, 1])
    try coverage.add(ranked: [5, -1])
    #expect(coverage.value == 3.0 / 8)
    var other = Coverage(k: 2, itemCount: 8)
    try other.add(ranked: [5, 7])
    try coverage.merge(other)
    #expect(coverage.value == 0.5)
  }

  @Test func refusesItemsItDoesNotKnow() {
    var coverage = Coverage(k: 2, itemCount: 8)
    #expect(throws: MetricError.item(8, at: 1, itemCount: 8)) { try coverage.add(ranked: [0, 8]) }
    #expect(throws: MetricError.self) { try coverage.merge(Coverage(k: 3, itemCount: 8)) }
  }

  @Test func noItems() { #expect(Coverage(k: 1, itemCount: 0).value == 0) }
}
