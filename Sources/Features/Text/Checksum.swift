import Crypto
import Foundation

/// SHA-256 of files.
public enum Checksum {
  static func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  /// SHA-256 of bytes, as 64 lower-case digits.
  public static func sha256(_ bytes: some DataProtocol) -> String { hexadecimal(SHA256.hash(data: bytes)) }

  /// SHA-256 of a file.
  ///
  /// - Parameters:
  ///   - content: of the uncompressed content where the file is gzip, else of the file as it stands.
  ///   - shouldStop: asked between pieces.
  /// - Throws: `DataError` for a file that can't be read; `CancellationError` where it was told to stop.
  public static func sha256(
    ofFile path: String, content: Bool = false, shouldStop: () -> Bool = { false }
  ) throws -> String {
    let source: any ByteSource = content ? try TextFile.open(path) : try FileSource(path)
    var hasher = SHA256()
    try withUnsafeTemporaryAllocation(byteCount: 1 << 18, alignment: 64) { buffer in
      while true {
        if shouldStop() { throw CancellationError() }
        let count = try source.read(into: buffer)
        if count == 0 { break }
        hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      }
    }
    return hexadecimal(hasher.finalize())
  }
}
