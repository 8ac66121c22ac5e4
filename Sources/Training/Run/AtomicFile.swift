import Foundation

/// Replaces whole files: written beside, flushed, renamed. At any moment the old or the new file is there, never half of one.
public enum AtomicFile {
  /// - Throws: `RunError` with the reason; the file at `path` is then as it was, and nothing lies beside it.
  public static func write(_ bytes: [UInt8], to path: String) throws {
    let beside = "\(path).partial-\(getpid())"
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw RunError.file(path, doing: "write", errno: errno) }
    var failure: Int32 = 0
    var done = 0
    while done < bytes.count, failure == 0 {
      let written = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress?.advanced(by: done), bytes.count - done) }
      if written >= 0 {
        done += written
      } else if errno != EINTR {
        failure = errno
      }
    }
    if failure == 0, fsync(descriptor) != 0 { failure = errno }
    close(descriptor)
    if failure == 0, rename(beside, path) != 0 { failure = errno }
    guard failure == 0 else {
      unlink(beside)
      throw RunError.file(path, doing: "write", errno: failure)
    }
    synchronizeFolder(of: path)
  }

  public static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  /// Makes a rename in the folder of `path` last through a power cut.
  static func synchronizeFolder(of path: String) {
    let folder = (path as NSString).deletingLastPathComponent
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
