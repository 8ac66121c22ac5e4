import Foundation

/// A lock on a file that is there for nothing else: held while this lives, and released by the end of the process too,
/// a kill among them (flock(2)).
public final class FileLock {
  public enum Kind: Sendable {
    /// Others may hold it too, as long as nobody is alone.
    case shared
    /// Nobody else holds it.
    case alone
  }

  public let path: String
  private let descriptor: Int32

  /// Waits until the lock can be had.
  ///
  /// - Throws: `FileError` with the system's reason.
  public init(_ path: String, _ kind: Kind) throws {
    self.path = path
    descriptor = try Self.opened(path)
    guard try take(kind.operation) else { throw FileError(path: path, action: "lock", errno: EWOULDBLOCK) }
  }

  /// - Returns: nil where another holds it.
  /// - Throws: `FileError` with the system's reason.
  public init?(tryFor kind: Kind, _ path: String) throws {
    self.path = path
    descriptor = try Self.opened(path)
    guard try take(kind.operation | LOCK_NB) else { return nil }
  }

  deinit { close(descriptor) }

  /// Says in the file who holds it; for people, nothing rests on it.
  public func write(_ text: String) {
    ftruncate(descriptor, 0)
    _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  private static func opened(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, action: "open", errno: errno) }
    return descriptor
  }

  private func take(_ operation: Int32) throws -> Bool {
    while flock(descriptor, operation) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      case let reason: throw FileError(path: path, action: "lock", errno: reason)
      }
    }
    return true
  }
}

extension FileLock.Kind {
  fileprivate var operation: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
}
