import Foundation

/// Writes a file so that no reader ever sees half of it.
enum FileWriter {
  /// Writes beside the file, syncs and renames.
  ///
  /// - Throws: `DataError` with the system's reason; a file that stood there before is untouched then.
  static func write(_ bytes: some Collection<UInt8>, to path: String) throws {
    let beside = "\(path).partial-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    func fault(_ what: String, _ reason: Int32) -> DataError {
      DataError(
        .unreadableFile, file: path, "can't \(what): \(String(cString: strerror(reason)))",
        remedy: "check that the folder exists, that it may be written to and that the disk has room")
    }
    let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw fault("create the file", errno) }
    do {
      let bytes = Array(bytes)
      try bytes.withUnsafeBytes { buffer in
        var done = 0
        while done < buffer.count {
          let count = Foundation.write(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done)
          if count < 0 {
            if errno == EINTR { continue }
            throw fault("write", errno)
          }
          done += count
        }
      }
      guard fsync(descriptor) == 0 else { throw fault("sync", errno) }
    } catch {
      close(descriptor)
      unlink(beside)
      throw error
    }
    guard close(descriptor) == 0 else {
      let reason = errno
      unlink(beside)
      throw fault("close", reason)
    }
    guard rename(beside, path) == 0 else {
      let reason = errno
      unlink(beside)
      throw fault("rename into place", reason)
    }
  }
}
