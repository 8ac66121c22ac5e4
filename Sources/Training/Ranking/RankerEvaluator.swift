import Features
import Foundation
import Metrics
import Models
import Torch
import TorchNN

/// Measures a ranker on rows that it was not trained on: AUC, LogLoss, normalised entropy, calibration, RMSE, MAE, CTR, and AUC
/// by group where the rows name one.
public final class RankerEvaluator {
  private let batches: any FeatureBatches
  /// What is added to logits to undo the sampling of negatives.
  private let shift: Double
  private let device: Device

  /// - Parameters:
  ///   - batches: whose first epoch is measured.
  ///   - negativeRate: the share of the rows without an answer of 1 that training kept; predictions are corrected for it.
  public init(_ batches: any FeatureBatches, negativeRate: Double = 1, device: Device = .cpu) {
    self.batches = batches
    shift = Double(NegativeSampling.corrected(logit: 0, rate: negativeRate))
    self.device = device
  }

  /// - Parameter shouldStop: asked between batches; true ends the evaluation by throwing `Evaluator.Interruption`.
  /// - Returns: the metrics; with several goals those of each as `goal/auc`, after the means over the goals.
  /// - Throws: `DataError` for faulty rows and for none at all, `MetricError` for a prediction that is no number.
  public func evaluate(_ model: any Ranker, shouldStop: () -> Bool = { false }) throws -> EvaluationResult {
    let start = ProcessClock.now
    let goals = model.space.labels
    var metrics = try RankerMetrics(goals: goals, windowSize: 0, auc: .exact)
    try model.evaluating {
      let rows = try batches.epoch(0, startingAtBatch: 0)
      while let batch = try rows.next() {
        if shouldStop() { throw Evaluator.Interruption() }
        let logits = try model.predict(batch.to(device: device)).logits
        try metrics.update(
          logits: try shift == 0 ? logits : logits + shift, labels: batch.labels, weights: batch.sampleWeights,
          groups: batch.groups)
      }
    }
    guard metrics.count > 0 else {
      throw DataError(.empty, "there are no rows to measure on", remedy: "choose other files, or more rows")
    }
    return EvaluationResult(
      metrics: Self.values(metrics.report(), goals: goals), seconds: ProcessClock.now - start, queries: metrics.count,
      unit: "rows",
      protocolLine: goals.count == 1 ? "every row" : "every row, means over the goals \(goals.joined(separator: ", "))")
  }

  /// With several goals the mean of each metric first: what chooses an epoch is one number.
  static func values(_ report: RankerReport, goals: [String]) -> [(name: String, value: Double)] {
    guard goals.count > 1 else { return report.values.map { ($0.name, $0.value) } }
    var means: [(name: String, value: Double)] = []
    for (name, _) in report.values {
      let plain = name.split(separator: "/").last.map(String.init) ?? name
      guard !means.contains(where: { $0.name == plain }) else { continue }
      let found = goals.compactMap { report["\($0)/\(plain)"] }
      means.append((plain, found.reduce(0, +) / Double(max(1, found.count))))
    }
    return means + report.values.map { ($0.name, $0.value) }
  }
}
