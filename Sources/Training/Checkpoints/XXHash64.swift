/// xxHash, 64 bits: a fast checksum against damage, not against malice. https://github.com/Cyan4973/xxHash
struct XXHash64 {
  private static let p1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let p2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let p3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let p4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let p5: UInt64 = 0x27D4_EB2F_1656_67C5

  private let seed: UInt64
  private var lanes: (UInt64, UInt64, UInt64, UInt64)
  private var count: UInt64 = 0
  /// The bytes behind the last whole 32.
  private var tail: [UInt8] = []

  init(seed: UInt64 = 0) {
    self.seed = seed
    lanes = (seed &+ Self.p1 &+ Self.p2, seed &+ Self.p2, seed, seed &- Self.p1)
  }

  static func hash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    var hash = XXHash64(seed: seed)
    hash.add(bytes)
    return hash.value
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    count &+= UInt64(bytes.count)
    var place = 0
    if !tail.isEmpty {
      place = min(32 - tail.count, bytes.count)
      tail += bytes[..<place]
      guard tail.count == 32 else { return }
      let before = lanes
      lanes = tail.withUnsafeBytes { Self.mixed(before, $0, at: 0) }
      tail.removeAll(keepingCapacity: true)
    }
    var lanes = lanes
    while place + 32 <= bytes.count {
      lanes = Self.mixed(lanes, bytes, at: place)
      place += 32
    }
    self.lanes = lanes
    tail += bytes[place...]
  }

  /// The checksum of all that was added.
  var value: UInt64 {
    let (a, b, c, d) = lanes
    var h: UInt64
    if count >= 32 {
      h = Self.rotated(a, 1) &+ Self.rotated(b, 7) &+ Self.rotated(c, 12) &+ Self.rotated(d, 18)
      for lane in [a, b, c, d] { h = (h ^ Self.round(0, lane)) &* Self.p1 &+ Self.p4 }
    } else {
      h = seed &+ Self.p5
    }
    h &+= count
    tail.withUnsafeBytes { rest in
      var place = 0
      while place + 8 <= rest.count {
        h = Self.rotated(h ^ Self.round(0, Self.word(rest, place)), 27) &* Self.p1 &+ Self.p4
        place += 8
      }
      if place + 4 <= rest.count {
        let half = UInt32(littleEndian: rest.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        h = Self.rotated(h ^ UInt64(half) &* Self.p1, 23) &* Self.p2 &+ Self.p3
        place += 4
      }
      while place < rest.count {
        h = Self.rotated(h ^ UInt64(rest[place]) &* Self.p5, 11) &* Self.p1
        place += 1
      }
    }
    h = (h ^ h >> 33) &* Self.p2
    h = (h ^ h >> 29) &* Self.p3
    return h ^ h >> 32
  }

  private static func mixed(
    _ lanes: (UInt64, UInt64, UInt64, UInt64), _ bytes: UnsafeRawBufferPointer, at place: Int
  ) -> (UInt64, UInt64, UInt64, UInt64) {
    (
      round(lanes.0, word(bytes, place)), round(lanes.1, word(bytes, place + 8)),
      round(lanes.2, word(bytes, place + 16)), round(lanes.3, word(bytes, place + 24))
    )
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
  }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotated(lane &+ word &* p2, 31) &* p1 }
  private static func rotated(_ x: UInt64, _ by: UInt64) -> UInt64 { x << by | x >> (64 - by) }
}
