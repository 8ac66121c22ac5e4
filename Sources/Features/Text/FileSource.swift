import Foundation

/// A file as it stands.
///
/// It is read, not mapped: a file that shrinks while it is read then gives an error, not a signal.
final class FileSource: ByteSource {
  let path: String
  let estimatedCount: Int
  private let descriptor: Int32

  /// - Throws: `DataError` for a file that is missing or can't be opened.
  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = errno
      estimatedCount = 0
      if reason == ENOENT || reason == ENOTDIR {
        throw DataError(
          .missingFile, file: path, "no such file", remedy: "check the path and the folders in SWIFTREC_DATA")
      }
      throw FileSource.unreadable(path, reason)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      // The object is whole by now, so that deinit closes the descriptor.
      estimatedCount = 0
      throw DataError(
        .unreadableFile, file: path, "is a folder, a file was expected", remedy: "name the file in it")
    }
    estimatedCount = max(0, Int(status.st_size))
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      let count = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno != EINTR { throw FileSource.unreadable(path, errno) }
    }
  }

  /// Fills the buffer with what stands at `offset`, from any thread.
  ///
  /// - Returns: how many bytes there were, fewer than asked for at the file's end only.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done, off_t(offset + done))
      if count < 0 {
        if errno == EINTR { continue }
        throw FileSource.unreadable(path, errno)
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Fills the buffer with what stands at `offset`, from any thread.
  ///
  /// - Throws: `DataError` for a file that ends before the buffer is full.
  func readExactly(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    let count = try read(at: offset, into: buffer)
    guard count == buffer.count else {
      throw DataError(
        .truncatedFile, file: path, "ends after \(offset + count) bytes, before the data that it should have",
        remedy: "copy or write the file again")
    }
  }

  static func unreadable(_ path: String, _ reason: Int32) -> DataError {
    DataError(
      .unreadableFile, file: path, "can't be read: \(String(cString: strerror(reason)))",
      remedy: "check the file's permissions and the disk")
  }
}
