/// What was known in each round before an action was chosen.
public struct RoundContext: Sendable, Equatable {
  /// `[N, F]` codes, row by row: field `f` in `0..<sizes[f]`.
  public let codes: [Int32]
  /// `F` numbers of codes.
  public let sizes: [Int]
  /// `[N, A]` numbers, row by row, that say how the user stands to each action; empty for none.
  public let affinities: [Float]
  /// `N`.
  public let count: Int

  /// - Throws: `MetricError` for lengths that do not fit, a code outside its field and a number that is not finite.
  public init(count: Int, codes: [Int32] = [], sizes: [Int] = [], affinities: [Float] = []) throws(MetricError) {
    guard count > 0, codes.count == count * sizes.count else {
      throw .lengths(metric: "context of \(count) rounds", "codes", codes.count, "fields", sizes.count)
    }
    guard affinities.count.isMultiple(of: count) else {
      throw .lengths(metric: "context", "affinities", affinities.count, "rounds", count)
    }
    for (place, code) in codes.enumerated() where !(0..<max(0, sizes[place % sizes.count])).contains(Int(code)) {
      throw .value(
        metric: "context", what: "code", at: place, got: Double(code),
        remedy: "number the values of a field from 0 to below its size")
    }
    for (place, value) in affinities.enumerated() where !value.isFinite {
      throw .value(metric: "context", what: "affinity", at: place, got: Double(value), remedy: "make numbers finite")
    }
    self.count = count
    self.codes = codes
    self.sizes = sizes
    self.affinities = affinities
  }
}
