import Foundation

/// Memory that is used again by the next block of the same size, since fresh pages cost more than parsing into them.
final class RowMemory: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let byteCount: Int

  /// - Parameter byteCount: rounded up to a power of two.
  init(byteCount wanted: Int) {
    byteCount = RowMemory.rounded(wanted)
    base = RowMemory.pool.take(byteCount)
  }

  deinit { RowMemory.pool.give(base, byteCount) }

  private static let pool = Pool()

  /// A quarter of a power of two, so that little is wasted.
  private static func rounded(_ count: Int) -> Int {
    guard count > 4_096 else { return 4_096 }
    let step = 1 << max(12, Int.bitWidth - 3 - (count - 1).leadingZeroBitCount)
    return (count + step - 1) / step * step
  }

  private final class Pool: @unchecked Sendable {
    private let lock = NSLock()
    private var free: [Int: [UnsafeMutableRawPointer]] = [:]
    private var kept = 0
    /// More than this is given back to the system.
    private let limit = 64 << 20

    func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
      let known: UnsafeMutableRawPointer? = lock.withLock {
        guard let last = free[byteCount]?.popLast() else { return nil }
        kept -= byteCount
        return last
      }
      return known ?? .allocate(byteCount: byteCount, alignment: 64)
    }

    func give(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
      let isKept = lock.withLock {
        guard kept + byteCount <= limit else { return false }
        free[byteCount, default: []].append(base)
        kept += byteCount
        return true
      }
      if !isKept { base.deallocate() }
    }
  }
}
