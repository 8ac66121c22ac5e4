import Foundation

/// `base^exponent` by the C library, whose rounding Python's `**` shares.
func power(_ base: Double, _ exponent: Int) -> Double {
  pow(base, Double(exponent))
}
