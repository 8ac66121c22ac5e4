import Foundation
import RecommenderMetrics
import Testing

@Suite struct ProbabilityMetricTests {
  @Test func byHand() throws {
    var sums = ProbabilitySums()
    try sums.add(probabilities: [0.2, 0.6, 0.5], labels: [0, 1, .nan], weights: [3, 1, 7])
    #expect(sums.count == 2)
    #expect(near(CTR.value(of: sums), 0.25))
    #expect(near(Calibration.value(of: sums), 1.2, 1e-6))
    #expect(near(RMSE.value(of: sums), ((3 * 0.04 + 0.16) / 4).squareRoot(), 1e-6))
    #expect(near(MAE.value(of: sums), (3 * 0.2 + 0.4) / 4, 1e-6))
    let loss = (-3 * log(0.8) - log(0.6)) / 4
    #expect(near(LogLoss.value(of: sums), loss, 1e-6))
    #expect(near(NormalizedEntropy.value(of: sums), loss / -(0.25 * log(0.25) + 0.75 * log(0.75)), 1e-6))
  }

  /// The base rate itself has NE 1 and calibration 1.
  @Test func theBaseRateIsTheMeasureOfNE() throws {
    var sums = ProbabilitySums()
    try sums.add(probabilities: [0.25, 0.25, 0.25, 0.25], labels: [0, 1, 0, 0])
    #expect(near(NormalizedEntropy.value(of: sums), 1))
    #expect(near(Calibration.value(of: sums), 1))
  }

  @Test func nothingIsDefinedTooEarly() throws {
    var sums = ProbabilitySums()
    #expect(CTR.value(of: sums) == nil && RMSE.value(of: sums) == nil && LogLoss.value(of: sums) == nil)
    try sums.add(probabilities: [0.5], labels: [0])
    #expect(NormalizedEntropy.value(of: sums) == nil)
    #expect(Calibration.value(of: sums) == nil)
    #expect(CTR.value(of: sums) == 0)
    var weightless = ProbabilitySums()
    try weightless.add(probabilities: [0.5], labels: [1], weights: [0])
    #expect(MAE.value(of: weightless) == nil)
  }

  @Test func oneCertaintyStaysFinite() throws {
    var sums = ProbabilitySums()
    try sums.add(probabilities: [1, 0], labels: [0, 1])
    #expect(near(LogLoss.value(of: sums), -log(Double(Float.ulpOfOne)), 1e-6))
  }

  @Test func weightsOfLogLossAndAUC() throws {
    var loss = LogLoss()
    try loss.add(logits: [0, 100], labels: [1, 0], weights: [2, 0])
    #expect(near(loss.value, log(2)))
    #expect(throws: MetricError.self) { try loss.add(logits: [0], labels: [1], weights: [.infinity]) }
    #expect(throws: MetricError.self) { try loss.add(logits: [0], labels: [1], weights: []) }
    var auc = AUC()
    try auc.add(scores: [1, 2], labels: [0, 1])
    try auc.add(scores: [3, 2], labels: [0, 1], weights: [2, 0.5])
    // Positives 1 + 0.5 at 2; negatives 1 at 1 and 2 at 3: won 1.5 of 4.5.
    #expect(near(auc.value, 1.0 / 3))
    var plain = AUC()
    try plain.add(scores: [2.5], labels: [1])
    auc.merge(plain)
    #expect(near(auc.value, 2.5 / 7.5))
    auc = try JSONDecoder().decode(AUC.self, from: JSONEncoder().encode(auc))
    #expect(near(auc.value, 2.5 / 7.5))
    #expect(throws: MetricError.self) { try auc.add(scores: [1], labels: [1], weights: [-1]) }
  }
}
