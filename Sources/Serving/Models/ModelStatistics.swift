import Synchronization

/// What a version of a model has done since it was loaded.
struct ModelStatistics: Sendable {
  struct Duration: Sendable {
    var count: UInt64 = 0
    var nanoseconds: UInt64 = 0

    mutating func add(_ count: Int, _ nanoseconds: UInt64) {
      self.count += UInt64(count)
      self.nanoseconds += nanoseconds
    }
  }

  /// Rows answered.
  var inferences: UInt64 = 0
  /// Calls of the model.
  var executions: UInt64 = 0
  var success = Duration()
  var failure = Duration()
  var queue = Duration()
  var compute = Duration()
  /// By rows of a call.
  var batches: [Int: Duration] = [:]
  /// Milliseconds since 1970.
  var lastInference: UInt64 = 0

  mutating func add(_ report: BatchReport, at milliseconds: UInt64) {
    let good = report.requests - report.failures
    inferences += UInt64(report.failures == 0 ? report.rows : 0)
    executions += 1
    success.add(good, report.runNanoseconds &* UInt64(good) + (report.failures == 0 ? report.queueNanoseconds : 0))
    failure.add(report.failures, report.runNanoseconds &* UInt64(report.failures))
    queue.add(report.requests, report.queueNanoseconds)
    compute.add(report.requests, report.runNanoseconds &* UInt64(report.requests))
    // The sizes of batches are few, those of single requests need not be.
    if batches.count < 1024 || batches[report.rows] != nil {
      batches[report.rows, default: Duration()].add(1, report.runNanoseconds)
    }
    lastInference = milliseconds
  }
}
