/// Suggests one option for each table, again and again, told each time what came of it.
protocol Proposer {
  /// The index of an option for each table; nil where there is nothing left to suggest.
  mutating func propose() -> [Int]?

  /// - Parameter seconds: of the step; nil where the pieces found no room.
  mutating func learn(seconds: Double?)
}

/// Which proposers search for a plan.
public enum ProposerChoice: String, Sendable, Codable, CaseIterable {
  case greedy
  case dynamicProgramming = "dynamic-programming"
  /// Both, and every combination where there are few.
  case all
}
