import Foundation

/// Popularity curves.
enum Weights {
  /// `1 / (rank + 10)^skew`: flat at the head, a power law behind it.
  static func weight(rank: Int, skew: Double) -> Double { pow(Double(rank) + 10, -skew) }
}
