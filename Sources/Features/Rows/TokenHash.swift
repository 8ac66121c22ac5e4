/// The 64-bit hash by which tokens are known: ids that come from it never change, on any machine.
///
/// The bytes are taken in words of 8, little-endian, the last one filled up with zeros: `h = mix(h ^ word)` over all words
/// but the last, from `h = 0x5377_6966_7452_6563` ("SwiftRec"), then `mix(h ^ last ^ count * 0x9e37_79b9_7f4a_7c15)`; `mix` is
/// SplitMix64's finaliser (Steele, Lea and Flood 2014), a bijection. So tokens of one length up to 8 bytes never collide.
/// No bytes have hash 0; a token that comes to 0 has 1.
public enum TokenHash {
  static let start: UInt64 = 0x5377_6966_7452_6563
  static let lengthFactor: UInt64 = 0x9e37_79b9_7f4a_7c15

  /// The hash of a token; 0 for no bytes only.
  public static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
    var state = start
    var place = 0
    while bytes.count - place > 8 {
      state = RandomStream.mix(state ^ UInt64(littleEndian: base.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
      place += 8
    }
    var last: UInt64 = 0
    for offset in 0..<bytes.count - place { last |= UInt64(bytes[place + offset]) << UInt64(8 * offset) }
    return end(state, last: last, count: bytes.count)
  }

  public static func hash(_ token: String) -> UInt64 {
    var token = token
    return token.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
  }

  @inline(__always)
  static func end(_ state: UInt64, last: UInt64, count: Int) -> UInt64 {
    let hash = RandomStream.mix(state ^ last ^ UInt64(truncatingIfNeeded: count) &* lengthFactor)
    return hash == 0 ? 1 : hash
  }

  /// A bucket in `0..<size` for a hash; a seed other than 0 shuffles which tokens share one.
  @inline(__always)
  static func bucket(_ hash: UInt64, size: UInt64, seed: UInt64) -> UInt64 {
    let spread = seed == 0 ? hash : RandomStream.mix(hash ^ RandomStream.mix(seed))
    return spread.multipliedFullWidth(by: size).high
  }
}
