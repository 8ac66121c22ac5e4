import CSwiftRec
import Foundation

/// A file under way: it is written beside its place, and gets its name when it is whole and on disk. Dropped before, nothing stays.
public final class PartialFile {
  public let path: String
  private let temporary: String
  private var descriptor: Int32
  private var written = 0
  /// Up to where the system was told to begin writing to the disk.
  private var flushed = 0
  /// Of a long file, on a disk that takes blocks past the page cache; and the block that is being filled, and how far.
  private var blocks: BlockWriter?
  private var block: UnsafeMutableRawPointer?
  private var filled = 0

  /// - Parameter count: the bytes that will be written, where they are many and known.
  /// - Throws: `FileError` with the system's reason, as all that follows.
  public init(_ path: String, expecting count: Int = 0) throws {
    self.path = path
    temporary = "\(path).partial-\(getpid())"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, action: "create", errno: errno) }
    guard count >= 1 << 26 else { return }
    let reason = sr_take_room(descriptor, Int64(count))
    guard reason == 0 else { throw FileError(path: path, action: "write", errno: reason) }
    if sr_write_past_cache(descriptor, true) == 0 { blocks = BlockWriter(descriptor) }
  }

  deinit { abandon() }

  private func abandon() {
    endBlocks()
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
    unlink(temporary)
  }

  private func endBlocks() {
    blocks?.close(block)
    blocks = nil
    block = nil
  }

  private func check(_ reason: Int32) throws {
    if reason != 0 { throw FileError(path: path, action: "write", errno: reason) }
  }

  /// Memory for the next bytes, which ``write(_:)`` then takes without copying them; nil where they are not gathered in blocks.
  func room(_ count: Int) -> UnsafeMutableRawPointer? {
    guard let blocks, count <= BlockWriter.slack else { return nil }
    let into = block ?? blocks.take()
    block = into
    return into + filled
  }

  /// Takes bytes that were put into the block's room; what goes over its end begins the next one.
  private func advance(_ blocks: BlockWriter, _ into: UnsafeMutableRawPointer, _ count: Int) throws {
    filled += count
    let over = filled - BlockWriter.blockSize
    guard over >= 0 else { return }
    let next = over > 0 ? blocks.take() : nil
    next?.copyMemory(from: into + BlockWriter.blockSize, byteCount: over)
    (block, filled) = (next, over)
    try check(blocks.put(into))
  }

  /// Copies bytes into blocks, each of which is written when it is full.
  private func fill(_ blocks: BlockWriter, _ bytes: UnsafeRawBufferPointer) throws {
    if let block, let given = bytes.baseAddress, given == UnsafeRawPointer(block + filled) {
      return try advance(blocks, block, bytes.count)
    }
    var rest = bytes
    while let from = rest.baseAddress, !rest.isEmpty {
      let into = block ?? blocks.take()
      let count = min(rest.count, BlockWriter.blockSize - filled)
      (into + filled).copyMemory(from: from, byteCount: count)
      filled += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      if filled == BlockWriter.blockSize {
        (block, filled) = (nil, 0)
        try check(blocks.put(into))
      } else {
        block = into
      }
    }
  }

  /// The end of a long file, which is no whole block, goes the usual way.
  private func finishBlocks() throws {
    guard let blocks else { return }
    defer { endBlocks() }
    let (reason, offset) = blocks.drain()
    try check(reason)
    try check(sr_write_past_cache(descriptor, false))
    guard lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
      throw FileError(path: path, action: "write", errno: errno)
    }
    if let block { try append(UnsafeRawBufferPointer(start: block, count: filled)) }
  }

  /// Adds bytes at the end.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    if let blocks { try fill(blocks, bytes) } else { try append(bytes) }
  }

  private func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, action: "write", errno: errno)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      written += count
    }
  }

  /// Writes the first bytes again, with what is known at the end only.
  public func rewriteStart(_ bytes: UnsafeRawBufferPointer) throws {
    try finishBlocks()
    var done = 0
    while done < bytes.count {
      let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(done))
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError(path: path, action: "write", errno: errno)
      }
      done += count
    }
  }

  /// Lets the disk begin with what was written so far, so that nothing is left to wait for in the end.
  public func beginFlushing() {
    guard blocks == nil, written - flushed >= 1 << 22 else { return }
    sr_begin_flush(descriptor, Int64(flushed), Int64(written - flushed))
    flushed = written
  }

  /// Waits for the disk and gives the file its name.
  ///
  /// - Parameter other: a second name for the same file, which it gets right before `path`; on a file system without hard links
  ///   a copy gets it.
  public func commit(alsoAs other: String? = nil) throws {
    do {
      try finishBlocks()
      guard fsync(descriptor) == 0 else { throw FileError(path: path, action: "sync", errno: errno) }
      let closed = close(descriptor)
      descriptor = -1
      guard closed == 0 else { throw FileError(path: path, action: "close", errno: errno) }
      if let other { try AtomicFile.addName(other, to: temporary) }
      try AtomicFile.rename(temporary, to: path)
    } catch {
      unlink(temporary)
      throw error
    }
  }
}
