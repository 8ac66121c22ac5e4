/// xxHash, 64 bits: a fast checksum against damage, not against malice. https://github.com/Cyan4973/xxHash
enum XXHash64 {
  private static let p1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let p2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let p3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let p4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let p5: UInt64 = 0x27D4_EB2F_1656_67C5

  static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    var place = 0
    func word() -> UInt64 {
      defer { place += 8 }
      return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
    var h: UInt64
    if bytes.count >= 32 {
      var (a, b, c, d) = (seed &+ p1 &+ p2, seed &+ p2, seed, seed &- p1)
      while place + 32 <= bytes.count {
        a = round(a, word())
        b = round(b, word())
        c = round(c, word())
        d = round(d, word())
      }
      h = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
      for lane in [a, b, c, d] { h = (h ^ round(0, lane)) &* p1 &+ p4 }
    } else {
      h = seed &+ p5
    }
    h &+= UInt64(bytes.count)
    while place + 8 <= bytes.count { h = rotated(h ^ round(0, word()), 27) &* p1 &+ p4 }
    if place + 4 <= bytes.count {
      let half = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
      h = rotated(h ^ UInt64(half) &* p1, 23) &* p2 &+ p3
      place += 4
    }
    while place < bytes.count {
      h = rotated(h ^ UInt64(bytes[place]) &* p5, 11) &* p1
      place += 1
    }
    h = (h ^ h >> 33) &* p2
    h = (h ^ h >> 29) &* p3
    return h ^ h >> 32
  }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotated(lane &+ word &* p2, 31) &* p1 }
  private static func rotated(_ x: UInt64, _ by: UInt64) -> UInt64 { x << by | x >> (64 - by) }
}
