import Crypto
import Foundation

/// Passes bytes on and keeps their SHA-256.
final class HashingSource: ByteSource {
  private let base: any ByteSource
  private var hasher = SHA256()

  init(_ base: any ByteSource) { self.base = base }

  var path: String { base.path }
  var estimatedCount: Int { base.estimatedCount }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    let count = try base.read(into: buffer)
    if count > 0 { hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
    return count
  }

  /// The digest of everything that was read.
  var digest: String { Checksum.hexadecimal(hasher.finalize()) }
}
