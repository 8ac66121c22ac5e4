import Foundation

/// Where an estimated value lies with some confidence.
public struct ConfidenceInterval: Sendable, Equatable {
  public let lower: Double
  public let upper: Double
  /// The share of such intervals that have the true value.
  public let level: Double

  static func check(level: Double) throws(MetricError) {
    guard level > 0, level < 1 else {
      throw .value(metric: "confidence interval", what: "level", at: 0, got: level, remedy: "use 0.95")
    }
  }

  /// How many standard errors an interval of that level reaches: 1.96 for 0.95.
  static func quantile(level: Double) -> Double {
    // Bisection of erfc, which keeps its digits where 1 - erf has lost them.
    var (low, high) = (0.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if erfc(middle / 2.0.squareRoot()) > 1 - level { low = middle } else { high = middle }
    }
    return low
  }

  /// With a straight line between neighbours, as numpy has it.
  static func percentile(_ share: Double, of sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = min(max(0, Int(place)), sorted.count - 1)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
  }
}
