import RecommenderMetrics
import Testing

@Suite struct AUCTests {
  private func auc(_ scores: [Float], _ labels: [Float]) throws -> Double? {
    var auc = AUC()
    try auc.add(scores: scores, labels: labels)
    return auc.value
  }

  @Test func byHand() throws {
    #expect(try auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) == 0.75)
    #expect(try auc([1, 2, 3], [0, 0, 1]) == 1)
    #expect(try auc([3, 2, 1], [0, 0, 1]) == 0)
    #expect(try auc([5, 5, 5, 5], [0, 1, 0, 1]) == 0.5)
    #expect(try auc([-0.0, 0.0], [0, 1]) == 0.5)
    #expect(try auc([-.infinity, .infinity, -3, -2], [0, 1, 1, 0]) == 0.75)
  }

  @Test func matchesTheReference() throws {
    let golden = try Golden.load().classification
    #expect(near(try auc(golden.logits, golden.labels), golden.auc))
    #expect(near(try auc(golden.logits.map { -$0 }, golden.labels), 1 - golden.auc))
  }

  @Test func partsMergeIntoTheWhole() throws {
    let golden = try Golden.load().classification
    var first = AUC()
    var second = AUC()
    try first.add(scores: golden.logits.prefix(123), labels: golden.labels.prefix(123))
    try second.add(scores: golden.logits.dropFirst(123), labels: golden.labels.dropFirst(123))
    first.merge(second)
    #expect(first.count == 500)
    #expect(first.value == (try auc(golden.logits, golden.labels)))
  }

  @Test func oneClassAloneHasNone() throws {
    #expect(AUC().value == nil)
    #expect(try auc([1, 2], [1, 1]) == nil)
    #expect(try auc([1, 2], [0, 0]) == nil)
  }

  @Test func faultsNameThePlace() {
    #expect(throws: MetricError.lengths(metric: "auc", "scores", 1, "labels", 2)) { try auc([1], [0, 1]) }
    let label = #expect(throws: MetricError.self) { try auc([1, 2], [0, 0.5]) }
    #expect(label?.description == "auc: label at position 1 is 0.5; make labels 0 or 1")
    let score = #expect(throws: MetricError.self) { try auc([1, .nan], [0, 1]) }
    #expect(score?.description.contains("score at position 1 is nan") == true)
  }
}
