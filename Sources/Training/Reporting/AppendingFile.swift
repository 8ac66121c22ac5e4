import Foundation

/// A file that only grows; each append is one `write`, so that a kill leaves at most one cut-off tail.
final class AppendingFile {
  let path: String
  private let descriptor: Int32

  /// - Throws: `RunError` naming the file and the reason.
  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw RunError.file(path, doing: "open for writing", errno: errno) }
  }

  deinit {
    close(descriptor)
  }

  func append(_ bytes: [UInt8]) throws {
    var done = 0
    while done < bytes.count {
      let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done) }
      if written < 0 {
        if errno == EINTR { continue }
        throw RunError.file(path, doing: "append to", errno: errno)
      }
      done += written
    }
  }

  func synchronize() throws {
    guard fsync(descriptor) == 0 else { throw RunError.file(path, doing: "flush", errno: errno) }
  }
}
