import Foundation
import Torch

/// Writes an array file whose number of rows shows at its end.
///
/// The file stands beside its name until `close()` puts it there.
public final class NumPyWriter {
  /// Room for a shape of any size.
  private static let headerCount = 128

  public let path: String
  public let type: NumPyType
  /// Elements a row.
  public let width: Int
  /// Rows so far.
  public private(set) var count = 0

  private let temporary: String
  private var descriptor: Int32

  /// Begins an array of shape `[N, width]`.
  ///
  /// - Throws: `FileError` where the file can't be made.
  public init(_ path: String, _ type: NumPyType, width: Int) throws {
    self.path = path
    self.type = type
    self.width = width
    temporary = "\(path).partial-\(getpid())"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, action: "create", errno: errno) }
    try put(NumPyFile.header(type, shape: [0, width], count: NumPyWriter.headerCount))
  }

  deinit { discard() }

  public func append(_ values: [Float]) throws { try append(values, .float32) }
  public func append(_ values: [Int32]) throws { try append(values, .int32) }

  private func append<Value>(_ values: [Value], _ given: NumPyType) throws {
    guard given == type, width > 0, values.count % width == 0 else {
      throw DataError(
        .invalidArgument, file: path, "elements that do not fit the array",
        received: "\(values.count) of \(given.rawValue)", remedy: "give rows of \(width) of \(type.rawValue)")
    }
    try put(values)
    count += values.count / width
  }

  /// Writes the shape, syncs the file and puts it in its place.
  ///
  /// - Throws: `FileError`; nothing is left behind then, and a file that stood there before is untouched.
  public func close() throws {
    do {
      guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw FileError(path: path, action: "seek", errno: errno) }
      try put(NumPyFile.header(type, shape: [count, width], count: NumPyWriter.headerCount))
    } catch {
      discard()
      throw error
    }
    Foundation.close(descriptor)
    descriptor = -1
    try AtomicFile.moveIntoPlace(temporary, path)
  }

  private func discard() {
    guard descriptor >= 0 else { return }
    Foundation.close(descriptor)
    descriptor = -1
    unlink(temporary)
  }

  private func put<Value>(_ values: [Value]) throws {
    try values.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let written = write(descriptor, rest.baseAddress, rest.count)
        if written < 0 {
          if errno == EINTR { continue }
          throw FileError(path: path, action: "write", errno: errno)
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[written...])
      }
    }
  }
}
