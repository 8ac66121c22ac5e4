/// A hash that is the same in every process and release, so that a user stays where an experiment put them.
package enum StableHash {
  /// FNV-1a over the bytes, then the finaliser of splitmix64, whose bits are even enough to cut at any share.
  ///
  /// Source: Fowler, Noll, Vo; Steele et al. 2014, "Fast Splittable Pseudorandom Number Generators", OOPSLA.
  package static func bits(_ text: String, salt: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for part in [salt.utf8, "\u{1F}".utf8, text.utf8] {
      for byte in part { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    return hash ^ (hash >> 31)
  }

  /// In 0..<1.
  package static func fraction(_ text: String, salt: String) -> Double {
    Double(bits(text, salt: salt) >> 11) * 0x1p-53
  }
}
