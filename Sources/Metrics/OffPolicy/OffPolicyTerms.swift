import Foundation

/// What the rounds say: an estimate is the sum of the numerators over the sum of the denominators.
public struct OffPolicyTerms: Sendable, Equatable {
  public let numerators: [Double]
  /// Nil when each is 1.
  public let denominators: [Double]?

  /// - Parameters:
  ///   - numerators: one a round.
  ///   - denominators: as many; what lies beyond the shorter of both is left out.
  public init(numerators: [Double], denominators: [Double]? = nil) {
    let count = min(numerators.count, denominators?.count ?? numerators.count)
    self.numerators = Array(numerators.prefix(count))
    self.denominators = denominators.map { Array($0.prefix(count)) }
  }

  /// The estimate; nil when nothing in the log counts, as when no logged action is one the policy would take.
  public var value: Double? {
    let below = denominators?.reduce(0, +) ?? Double(numerators.count)
    return below > 0 ? numerators.reduce(0, +) / below : nil
  }

  /// The standard error of the value: of a mean, or by the delta method of a ratio of means. Nil for fewer than two rounds.
  public var standardError: Double? {
    guard let value, numerators.count > 1 else { return nil }
    let count = Double(numerators.count)
    let mean = denominators.map { $0.reduce(0, +) / count } ?? 1
    var squares = 0.0
    for round in numerators.indices {
      let rest = numerators[round] - value * (denominators?[round] ?? 1)
      squares += rest * rest
    }
    return (squares / (count - 1) / count).squareRoot() / mean
  }

  /// The interval of a normal distribution with the standard error.
  ///
  /// - Parameter level: the share of such intervals that have the true value, between 0 and 1.
  /// - Throws: `MetricError` for another level.
  public func normalInterval(level: Double = 0.95) throws(MetricError) -> ConfidenceInterval? {
    try ConfidenceInterval.check(level: level)
    guard let value, let standardError else { return nil }
    let reach = ConfidenceInterval.quantile(level: level) * standardError
    return ConfidenceInterval(lower: value - reach, upper: value + reach, level: level)
  }

  /// The percentiles of the estimates of logs that are drawn from this one, rounds with replacement. A ratio's denominators
  /// are drawn with its numerators.
  ///
  /// Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
  ///
  /// - Parameters:
  ///   - resamples: how many logs are drawn.
  ///   - level: the share of such intervals that have the true value, between 0 and 1.
  ///   - random: the same stream gives the same interval.
  /// - Throws: `MetricError` for another level or no resamples.
  /// - Complexity: O(rounds x resamples)
  public func bootstrapInterval(
    resamples: Int = 1_000, level: Double = 0.95, using random: inout some RandomNumberGenerator
  ) throws(MetricError) -> ConfidenceInterval? {
    try ConfidenceInterval.check(level: level)
    guard resamples > 0 else {
      throw .value(metric: "bootstrap", what: "number of resamples", at: 0, got: Double(resamples), remedy: "use 1000")
    }
    guard value != nil else { return nil }
    let count = numerators.count
    var values: [Double] = []
    values.reserveCapacity(resamples)
    for _ in 0..<resamples {
      var above = 0.0
      var below = denominators == nil ? Double(count) : 0
      for _ in 0..<count {
        let round = Int(truncatingIfNeeded: random.next().multipliedFullWidth(by: UInt64(count)).high)
        above += numerators[round]
        if let denominators { below += denominators[round] }
      }
      // A log in which nothing counts says nothing.
      if below > 0 { values.append(above / below) }
    }
    guard !values.isEmpty else { return nil }
    values.sort()
    return ConfidenceInterval(
      lower: ConfidenceInterval.percentile((1 - level) / 2, of: values),
      upper: ConfidenceInterval.percentile((1 + level) / 2, of: values), level: level)
  }
}
