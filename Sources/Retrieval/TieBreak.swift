/// The order of items that score the same.
///
/// Two items of one query with equal scores are put in order by a hash of the seed, the query's id and the item: the
/// greater hash ranks first. It favours no item (sorting by id would favour the popular ones, which datasets number
/// first; putting the positive first would reward a model that scores everything alike), and it depends on nothing else:
/// not on the instruction set, the number of threads, the blocks or the device. For one seed and query the hash is a
/// bijection of 32-bit ids, so no two items are ever tied for good.
public struct TieBreak: Sendable {
  private let first: UInt32
  private let second: UInt32

  public init(seed: UInt64, query: Int) {
    let hash = Self.splitmix64(Self.splitmix64(seed) ^ UInt64(bitPattern: Int64(query)))
    first = UInt32(truncatingIfNeeded: hash)
    second = UInt32(truncatingIfNeeded: hash >> 32)
  }

  /// The hash of one item; among equal scores the greatest ranks first.
  public func hash(_ item: Int32) -> UInt32 {
    Self.mix(Self.mix(UInt32(bitPattern: item) ^ first) &+ second)
  }

  // Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators".
  private static func splitmix64(_ seed: UInt64) -> UInt64 {
    var x = seed &+ 0x9E37_79B9_7F4A_7C15
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }

  // Wellons' lowbias32; the same as `mix32` in native/retrieval/kernels.h.
  private static func mix(_ word: UInt32) -> UInt32 {
    var x = (word ^ (word >> 16)) &* 0x7FEB_352D
    x = (x ^ (x >> 15)) &* 0x846C_A68B
    return x ^ (x >> 16)
  }
}
