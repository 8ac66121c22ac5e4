import Features
import Foundation
import RecommenderMetrics
import Models
import Torch
import TorchNN

/// Measures a ranker on rows that it was not trained on: AUC, LogLoss, normalised entropy, calibration, RMSE, MAE, CTR, and AUC
/// by group where the rows name one. Of made-up rows `auc_ceiling` too: the AUC of the probabilities that were planted in them.
public final class RankerEvaluator {
  private let batches: any FeatureBatches
  /// What is added to logits to undo the sampling of negatives.
  private let shift: Double
  private let device: Device
  private let world: TrainingWorld?

  /// - Parameters:
  ///   - batches: whose first epoch is measured.
  ///   - negativeRate: the share of the rows without an answer of 1 that training kept; predictions are corrected for it.
  ///   - world: the processes that measure together, each on its part of every batch; all get the same result.
  public init(
    _ batches: any FeatureBatches, negativeRate: Double = 1, device: Device = .cpu, world: TrainingWorld? = nil
  ) {
    self.world = world
    self.batches = batches
    shift = Double(NegativeSampling.corrected(logit: 0, rate: negativeRate))
    self.device = device
  }

  /// - Parameter shouldStop: asked between batches; true ends the evaluation by throwing `Evaluator.Interruption`.
  /// - Returns: the metrics; with several goals those of each as `goal/auc`, after the means over the goals.
  /// - Throws: `DataError` for faulty rows and for none at all, `MetricError` for a prediction that is no number.
  public func evaluate(_ model: any Ranker, shouldStop: () -> Bool = { false }) throws -> EvaluationResult {
    let start = ProcessClock.now
    // Batches of an evaluation have other sizes than those of training: what one has kept for its next batch would lie beside the
    // other's.
    Engine.releaseCachedMemory()
    defer { Engine.releaseCachedMemory() }
    let goals = model.space.labels
    var skipped = 0
    var metrics = try RankerMetrics(goals: goals, windowSize: 0, auc: .exact)
    // The same, had the model found what was planted.
    var planted = try RankerMetrics(goals: goals, windowSize: 0, auc: .exact)
    try model.evaluating {
      let rows = try batches.epoch(0, startingAtBatch: 0)
      while let batch = try rows.next() {
        if shouldStop() { throw Evaluator.Interruption() }
        let logits = try model.predict(batch.to(device: device)).logits
        // Of all ranks, in the order of the rows.
        func whole(_ part: Tensor) throws -> Tensor { try world?.joined(part, whole: batch.wholeCount) ?? part }
        let labels = try whole(batch.labels)
        try metrics.update(
          logits: whole(shift == 0 ? logits : logits + shift), labels: labels, weights: batch.sampleWeights.map(whole),
          groups: batch.groups.map(whole))
        if let probabilities = batch.planted { try planted.update(probabilities: whole(probabilities), labels: labels) }
      }
      skipped = rows.skippedRows
    }
    guard metrics.count > 0 else {
      throw DataError(.empty, "there are no rows to measure on", remedy: "choose other files, or more rows")
    }
    let rows = skipped == 0 ? "every row" : "every row but \(skipped) faulty ones"
    return EvaluationResult(
      metrics: Self.values(metrics.report(), ceiling: planted.count > 0 ? planted.report() : nil, goals: goals),
      seconds: ProcessClock.now - start, queries: metrics.count, unit: "rows",
      protocolLine: goals.count == 1 ? rows : "\(rows), means over the goals \(goals.joined(separator: ", "))",
      skippedRows: skipped)
  }

  /// A ceiling stands behind its AUC. With several goals the mean of each metric comes first: what chooses an epoch is one number.
  static func values(
    _ report: RankerReport, ceiling: RankerReport? = nil, goals: [String]
  ) -> [(name: String, value: Double)] {
    let values = report.values.flatMap { name, value in
      let isArea = name == "auc" || name.hasSuffix("/auc")
      let best = isArea ? ceiling?[name] : nil
      return [(name: name, value: value)] + (best.map { [(name: "\(name)_ceiling", value: $0)] } ?? [])
    }
    guard goals.count > 1 else { return values }
    var means: [(name: String, value: Double)] = []
    for (name, _) in values {
      let plain = name.split(separator: "/").last.map(String.init) ?? name
      guard !means.contains(where: { $0.name == plain }) else { continue }
      let found = goals.compactMap { goal in values.first { $0.name == "\(goal)/\(plain)" }?.value }
      means.append((plain, found.reduce(0, +) / Double(max(1, found.count))))
    }
    return means + values
  }
}
