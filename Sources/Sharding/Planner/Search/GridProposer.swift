/// Every combination of options, for worlds that have few: TorchRec's grid search.
struct GridProposer: Proposer {
  /// More than these are left to the others.
  static let mostCombinations = 2000

  private let counts: [Int]
  private var next: [Int]?

  /// - Returns: nil where there are too many.
  init?(_ options: [[ShardingOption]]) {
    counts = options.map(\.count)
    var combinations = 1
    for count in counts {
      combinations *= count
      guard (1...Self.mostCombinations).contains(combinations) else { return nil }
    }
    next = counts.map { _ in 0 }
  }

  func propose() -> [Int]? { next }

  mutating func learn(seconds: Double?) {
    guard var digits = next else { return }
    for table in digits.indices {
      digits[table] += 1
      if digits[table] < counts[table] {
        next = digits
        return
      }
      digits[table] = 0
    }
    next = nil
  }
}
