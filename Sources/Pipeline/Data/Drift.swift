import Foundation

/// How far one column of a dataset version lies from the version before.
public enum Drift {
  /// Bins of a column of numbers; tokens have one less, and a bin for all others.
  static let bins = 10
  static let tokens = 19

  /// The population stability index, sum of (q - p) ln(q / p) over the bins of the former version: its deciles, or its most frequent
  /// tokens and the rest. Below 0.1 nothing happened, above 0.25 something did (Siddiqi 2006, "Credit Risk Scorecards").
  ///
  /// - Returns: nil where one of the two has no values.
  public static func psi(_ now: TableProfile.Column, over former: TableProfile.Column) -> Double? {
    let (p, q) = former.kind == .number ? numberShares(now, former) : tokenShares(now, former)
    guard let p, let q else { return nil }
    return zip(p, q).reduce(0) { $0 + ($1.1 - $1.0) * log($1.1 / $1.0) }
  }

  /// Kolmogorov and Smirnov's distance of two columns of numbers: the largest gap between their distribution functions.
  public static func ks(_ now: TableProfile.Column, over former: TableProfile.Column) -> Double? {
    let (a, b) = (former.sample, now.sample)
    guard !a.isEmpty, !b.isEmpty else { return nil }
    var (i, j, gap) = (0, 0, 0.0)
    while i < a.count, j < b.count {
      let value = min(a[i], b[j])
      while i < a.count, a[i] <= value { i += 1 }
      while j < b.count, b[j] <= value { j += 1 }
      gap = max(gap, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    return gap
  }

  private static func numberShares(
    _ now: TableProfile.Column, _ former: TableProfile.Column
  ) -> ([Double]?, [Double]?) {
    let values = former.sample
    guard !values.isEmpty, !now.sample.isEmpty else { return (nil, nil) }
    var edges: [Double] = []
    for bin in 1..<bins {
      let edge = values[min(values.count - 1, values.count * bin / bins)]
      if edges.last != edge { edges.append(edge) }
    }
    func shares(_ sample: [Double]) -> [Double] {
      var counts = [Int](repeating: 0, count: edges.count + 1)
      for value in sample { counts[edges.firstIndex { value <= $0 } ?? edges.count] += 1 }
      return smoothed(counts)
    }
    return (shares(values), shares(now.sample))
  }

  private static func tokenShares(_ now: TableProfile.Column, _ former: TableProfile.Column) -> ([Double]?, [Double]?) {
    guard former.values > 0, now.values > 0 else { return (nil, nil) }
    let names = former.frequent.prefix(tokens).map(\.token)
    func shares(_ column: TableProfile.Column) -> [Double] {
      let known = Dictionary(column.frequent.map { ($0.token, $0.count) }) { first, _ in first }
      let counts = names.map { known[$0] ?? 0 }
      return smoothed(counts + [max(0, column.values - counts.reduce(0, +))])
    }
    return (shares(former), shares(now))
  }

  /// Half a value in every bin: an empty one would make the index infinite.
  private static func smoothed(_ counts: [Int]) -> [Double] {
    let total = Double(counts.reduce(0, +)) + 0.5 * Double(counts.count)
    return counts.map { (Double($0) + 0.5) / total }
  }
}
