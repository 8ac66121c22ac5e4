/// Draws unseen items, each as likely as the other.
public struct UniformNegativeSampler: NegativeSampler {
  /// After this many draws that were seen, the item is picked among the unseen ones by their number.
  static let tries = 16

  public let seen: SeenItems

  public init(seen: SeenItems) { self.seen = seen }

  public func draw(
    user: Int32, into buffer: UnsafeMutableBufferPointer<Int32>, random: inout RandomStream
  ) -> Bool {
    guard user >= 0, user < seen.userCount else { return false }
    let unseenCount = seen.itemCount - seen.count(of: user)
    guard unseenCount > 0 else { return false }
    let words = seen.wordsPerUser
    guard words > 0 else {
      for place in buffer.indices { buffer[place] = seen.unseen(random.next(below: unseenCount), of: user) }
      return true
    }
    seen.bits.withUnsafeBufferPointer { bits in
      let base = Int(user) &* words
      for place in buffer.indices {
        var drawn: Int32 = -1
        for _ in 0..<UniformNegativeSampler.tries {
          let item = random.next(below: seen.itemCount)
          if bits[base &+ item >> 6] >> UInt64(item & 63) & 1 == 0 {
            drawn = Int32(truncatingIfNeeded: item)
            break
          }
        }
        buffer[place] = drawn >= 0 ? drawn : seen.unseen(random.next(below: unseenCount), of: user)
      }
    }
    return true
  }
}
