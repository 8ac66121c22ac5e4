import Synchronization
import Training

/// Counts by label: `swiftrec_requests_total{route="infer",status="200"} 17`.
final class CounterFamily: Sendable {
  let name: String
  let help: String
  private let values = Mutex<[String: Double]>([:])

  init(_ name: String, _ help: String) {
    self.name = name
    self.help = help
  }

  /// - Parameter labels: as they stand in the exposition; empty for none.
  func increment(_ labels: String = "", by amount: Double = 1) {
    values.withLock { values in values[labels, default: 0] += amount }
  }

  func value(_ labels: String = "") -> Double { values.withLock { $0[labels] ?? 0 } }

  func write(into text: inout String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) counter\n"
    let now = values.withLock { $0 }
    // A counter that never counted stands there all the same, so that a rate of it is 0 and not absent.
    if now.isEmpty { text += "\(name) 0\n" }
    for (labels, value) in now.sorted(by: { $0.key < $1.key }) {
      text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(MetricsText.number(value))\n"
    }
  }
}

/// How values are spread, by label, over buckets that are the same for all.
final class HistogramFamily: Sendable {
  private struct Spread {
    var counts: [UInt64]
    var sum = 0.0
  }

  let name: String
  let help: String
  let bounds: [Double]
  /// The ends of the labels of each bucket, made once: 100 models have thousands of these lines.
  private let ends: [String]
  private let values = Mutex<[String: Spread]>([:])

  init(_ name: String, _ help: String, bounds: [Double]) {
    self.name = name
    self.help = help
    self.bounds = bounds
    ends = (bounds.map(MetricsText.number) + ["+Inf"]).map { "le=\"\($0)\"} " }
  }

  func observe(_ value: Double, _ labels: String) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    values.withLock { values in
      values[labels, default: Spread(counts: [UInt64](repeating: 0, count: bounds.count + 1))].counts[bucket] += 1
      values[labels]?.sum += value
    }
  }

  func write(into text: inout String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) histogram\n"
    let bucket = "\(name)_bucket{"
    for (labels, spread) in values.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      let prefix = labels.isEmpty ? bucket : "\(bucket)\(labels),"
      var total: UInt64 = 0
      for (end, count) in zip(ends, spread.counts) {
        total += count
        // Piece by piece: an interpolation would make a string of each line first.
        text += prefix
        text += end
        text += String(total)
        text += "\n"
      }
      let braces = labels.isEmpty ? "" : "{\(labels)}"
      text += "\(name)_sum\(braces) \(spread.sum)\n\(name)_count\(braces) \(total)\n"
    }
  }
}
