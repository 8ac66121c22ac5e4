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

  /// - Throws: `FileError` with the system's reason, as all that follows.
  public init(_ path: String) throws {
    self.path = path
    temporary = "\(path).partial-\(getpid())"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, action: "create", errno: errno) }
  }

  deinit { abandon() }

  private func abandon() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
    unlink(temporary)
  }

  /// Adds bytes at the end.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
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
    guard written - flushed >= 1 << 22 else { return }
    sr_begin_flush(descriptor, Int64(flushed), Int64(written - flushed))
    flushed = written
  }

  /// Waits for the disk and gives the file its name.
  ///
  /// - Parameter other: a second name for the same file, which it gets right before `path`; on a file system without hard links
  ///   a copy gets it.
  public func commit(alsoAs other: String? = nil) throws {
    do {
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
