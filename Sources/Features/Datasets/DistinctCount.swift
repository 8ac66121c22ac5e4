import Foundation

/// Estimates how many different values there are, in 16 KB: within about 1 %.
///
/// HyperLogLog with linear counting for few: Flajolet et al. 2007, "HyperLogLog: the analysis of a near-optimal cardinality
/// estimation algorithm", figure 3.
struct DistinctCount {
  private static let bits = 14
  private var registers = [UInt8](repeating: 0, count: 1 << bits)

  /// - Parameter hash: 64 well mixed bits.
  mutating func add(_ hash: UInt64) {
    let place = Int(truncatingIfNeeded: hash >> UInt64(64 - DistinctCount.bits))
    let rank = UInt8(truncatingIfNeeded: (hash << UInt64(DistinctCount.bits) | 1 << 13).leadingZeroBitCount + 1)
    if rank > registers[place] { registers[place] = rank }
  }

  var estimate: Int {
    let size = Double(registers.count)
    let sum = registers.reduce(0.0) { $0 + pow(2, -Double($1)) }
    let raw = 0.7213 / (1 + 1.079 / size) * size * size / sum
    let empty = registers.count { $0 == 0 }
    return Int((raw <= 2.5 * size && empty > 0 ? size * log(size / Double(empty)) : raw).rounded())
  }
}
