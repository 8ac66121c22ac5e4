import Foundation

/// The different texts of a column, each once. Blocks of one row group share it.
public final class TextDictionary: @unchecked Sendable, Equatable {
  public let entries: TextValues

  private let lock = NSLock()
  private var known: [UInt64]?

  public init(_ entries: TextValues) { self.entries = entries }

  /// ``TokenHash`` of each entry, made when it is first asked for.
  var hashes: [UInt64] {
    lock.withLock {
      if let known { return known }
      let made = entries.bytes.withUnsafeBytes { bytes in
        (0..<entries.count).map { TokenHash.hash(UnsafeRawBufferPointer(rebasing: bytes[entries.range($0)])) }
      }
      known = made
      return made
    }
  }

  public static func == (left: TextDictionary, right: TextDictionary) -> Bool {
    left === right || left.entries == right.entries
  }
}
