import Crypto
import Foundation
import Torch

/// SHA-256 of files.
enum FileDigest {
  private static let piece = 1 << 20

  /// 64 lower-case digits.
  ///
  /// - Throws: `FileError` for a file that can't be read; `CancellationError` where it was told to stop.
  static func sha256(_ path: String, shouldStop: () -> Bool = { false }) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, action: "open", errno: errno) }
    defer { close(descriptor) }
    var hasher = SHA256()
    try withUnsafeTemporaryAllocation(byteCount: piece, alignment: 64) { buffer in
      while true {
        if shouldStop() { throw CancellationError() }
        let count = read(descriptor, buffer.baseAddress, piece)
        if count < 0 {
          if errno == EINTR { continue }
          throw FileError(path: path, action: "read", errno: errno)
        }
        if count == 0 { break }
        hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
    return hexadecimal(hasher.finalize())
  }

  static func sha256(_ data: Data) -> String { hexadecimal(SHA256.hash(data: data)) }

  private static func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}
