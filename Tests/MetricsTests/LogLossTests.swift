import Foundation
import RecommenderMetrics
import Testing

@Suite struct LogLossTests {
  @Test func byHand() throws {
    var loss = LogLoss()
    #expect(loss.value == nil)
    try loss.add(logits: [0, 0], labels: [0, 1])
    #expect(near(loss.value, log(2)))
    try loss.add(probabilities: [0.25], labels: [1])
    #expect(near(loss.value, (2 * log(2) + log(4)) / 3))
    #expect(loss.count == 3)
  }

  @Test func matchesTheReference() throws {
    let golden = try Golden.load().classification
    var logits = LogLoss()
    var chances = LogLoss()
    try logits.add(logits: golden.logits.prefix(77), labels: golden.labels.prefix(77))
    var rest = LogLoss()
    try rest.add(logits: golden.logits.dropFirst(77), labels: golden.labels.dropFirst(77))
    logits.merge(rest)
    try chances.add(probabilities: golden.logits.map { 1 / (1 + exp(-$0)) }, labels: golden.labels)
    #expect(near(logits.value, golden.logloss))
    // Probabilities in float32 have lost digits.
    #expect(near(chances.value, golden.logloss, 1e-6))
  }

  @Test func extremesStayFinite() throws {
    var loss = LogLoss()
    try loss.add(logits: [100, -100], labels: [1, 0])
    #expect(near(loss.value, 0))
    try loss.add(logits: [200], labels: [0])
    #expect(near(loss.value, 200.0 / 3, 1e-9))
    var certain = LogLoss()
    try certain.add(probabilities: [0], labels: [1])
    #expect(near(certain.value, -log(Double(Float.ulpOfOne))))
    var infinite = LogLoss()
    try infinite.add(logits: [.infinity, -.infinity], labels: [1, 0])
    #expect(infinite.value == 0)
  }

  @Test func faultsNameThePlace() {
    var loss = LogLoss()
    let outside = #expect(throws: MetricError.self) { try loss.add(probabilities: [0.5, 1.5], labels: [0, 1]) }
    #expect(outside?.description.contains("probability at position 1 is 1.5; pass probabilities, or logits") == true)
    #expect(throws: MetricError.self) { try loss.add(logits: [.nan], labels: [1]) }
    #expect(throws: MetricError.self) { try loss.add(logits: [1], labels: [2]) }
    #expect(throws: MetricError.self) { try loss.add(logits: [1], labels: []) }
    #expect(loss.count == 0)
  }
}
