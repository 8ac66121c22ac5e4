import Foundation

/// Writes the blocks of a long file past the system's page cache, on two threads of its own: while one goes to the disk, the next is
/// filled; and on busy processors, where a thread that has written waits for its turn, the disk has the other's block.
///
/// A page cache that holds gigabytes of a file that nobody reads soon takes them from everybody else, and costs a core half a second a GiB.
final class BlockWriter: @unchecked Sendable {
  static let blockSize = 8 << 20
  /// Beyond a block's end, for a piece that is put there as a whole and goes over it.
  static let slack = 1 << 20

  private let descriptor: Int32
  private let condition = NSCondition()
  private var free: [UnsafeMutableRawPointer]
  private var full: [(block: UnsafeMutableRawPointer, offset: Int)] = []
  private var next = 0
  private var writing = 0
  private var threads = 2
  private var isClosed = false
  private var reason: Int32 = 0

  /// - Parameter descriptor: open with O_DIRECT, at its beginning.
  init(_ descriptor: Int32) {
    self.descriptor = descriptor
    // The kernel takes no other addresses.
    free = (0..<4).map { _ in UnsafeMutableRawPointer.allocate(byteCount: Self.blockSize + Self.slack, alignment: 4096)
    }
    for _ in 0..<threads { Thread.detachNewThread { self.work() } }
  }

  private func work() {
    condition.lock()
    while true {
      while full.isEmpty, !isClosed { condition.wait() }
      guard !full.isEmpty else { break }
      let (block, offset) = full.removeFirst()
      writing += 1
      let hasFailed = reason != 0
      condition.unlock()
      let failure = hasFailed ? 0 : write(block, at: offset)
      condition.lock()
      if failure != 0 { reason = failure }
      writing -= 1
      free.append(block)
      condition.broadcast()
    }
    threads -= 1
    if threads == 0 {
      for block in free { block.deallocate() }
      free = []
    }
    condition.unlock()
  }

  /// - Returns: why it failed; 0 for a block that is written.
  private func write(_ block: UnsafeMutableRawPointer, at offset: Int) -> Int32 {
    var done = 0
    while done < Self.blockSize {
      let count = pwrite(descriptor, block + done, Self.blockSize - done, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      done += count
    }
    return 0
  }

  /// A block to fill, when one is free.
  func take() -> UnsafeMutableRawPointer {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let block = free.popLast() { return block }
      condition.wait()
    }
  }

  /// Takes a block back, to be written after those before it.
  ///
  /// - Returns: why one of these failed; 0 for none.
  func put(_ block: UnsafeMutableRawPointer) -> Int32 {
    condition.lock()
    defer { condition.unlock() }
    full.append((block, next))
    next += Self.blockSize
    condition.broadcast()
    return reason
  }

  /// Waits until all blocks are written.
  ///
  /// - Returns: why one of these failed, 0 for none; and where the file goes on.
  func drain() -> (reason: Int32, offset: Int) {
    condition.lock()
    defer { condition.unlock() }
    while !full.isEmpty || writing > 0 { condition.wait() }
    return (reason, next)
  }

  /// Ends its thread; nothing is taken or put any more.
  ///
  /// - Parameter block: one that was taken and not put.
  func close(_ block: UnsafeMutableRawPointer?) {
    condition.lock()
    if let block { free.append(block) }
    full.forEach { free.append($0.block) }
    full = []
    isClosed = true
    while writing > 0 { condition.wait() }
    condition.broadcast()
    condition.unlock()
  }
}
