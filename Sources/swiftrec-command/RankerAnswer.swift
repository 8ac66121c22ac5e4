import Features
import Foundation
import Torch
import Training

/// How commands answer for a ranker's run.
enum RankerAnswer {
  /// `auc 0.7812  logloss 0.4523  ne 0.7911  (391 test rows)`: of several goals their means, then each by its name; of made-up
  /// rows the best AUC that anybody can reach behind what was reached.
  static func line(_ result: EvaluationResult) -> String {
    let left = result.skippedRows > 0 ? ", \(result.skippedRows) faulty ones skipped" : ""
    let shown = ["auc", "auc_ceiling", "logloss", "ne"]
    let means = result.metrics.filter { shown.contains($0.name) }
    let single = result.metrics.filter { metric in shown.contains { metric.name.hasSuffix("/\($0)") } }
    return ((means + single).map { "\($0.name) \(Answer.number($0.value))" } + ["(\(result.queries) test rows\(left))"])
      .joined(separator: "  ")
  }
}
