import Foundation
import Synchronization
import Training

/// Where the queues of one model report to.
final class CountedReports: Sendable {
  private let counted = Mutex(ModelStatistics())
  private let labels: String
  private let metrics: ServingMetrics

  init(name: String, version: String, metrics: ServingMetrics) {
    labels = "model=\(MetricsText.quoted(name)),version=\(MetricsText.quoted(version))"
    self.metrics = metrics
  }

  var statistics: ModelStatistics { counted.withLock { $0 } }

  func add(_ report: BatchReport) {
    let now = UInt64(Date().timeIntervalSince1970 * 1000)
    counted.withLock { $0.add(report, at: now) }
    metrics.batchRows.observe(Double(report.rows), labels)
    metrics.queueSeconds.observe(Double(report.queueNanoseconds) / 1e9 / Double(max(1, report.requests)), labels)
    metrics.computeSeconds.observe(Double(report.runNanoseconds) / 1e9, labels)
  }
}
