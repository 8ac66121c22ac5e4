/// A stream of random numbers that is named by a seed and a path: SplitMix64 (Steele, Lea and Flood 2014).
///
/// Each piece of work (an epoch's block, a user) takes the stream of its own name, so that results do not depend on which
/// thread did it, nor in what order.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64, _ path: UInt64...) {
    var state = RandomStream.mix(seed &+ 0x9e37_79b9_7f4a_7c15)
    for part in path {
      state = RandomStream.mix(state ^ RandomStream.mix(part &+ 0x9e37_79b9_7f4a_7c15) &+ 0x9e37_79b9_7f4a_7c15)
    }
    self.state = state
  }

  @inline(__always)
  package static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  @inline(__always)
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return RandomStream.mix(state)
  }

  /// A number in `0..<bound`, by one multiplication (Lemire 2019); the bias is below `bound / 2^64`.
  @inline(__always)
  public mutating func next(below bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: bound)).high)
  }

  /// A number in `[0, 1)` of 53 bits.
  @inline(__always)
  public mutating func nextUnit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }
}
