import Foundation
import Torch

/// The lock of a registry's packages: shared by those who copy, alone for those who clear away. A kill releases it.
final class StoreLock {
  private let descriptor: Int32

  /// Waits until nobody clears away.
  static func forCopying(_ folder: String) throws -> StoreLock {
    let lock = try StoreLock(folder)
    while flock(lock.descriptor, LOCK_SH) != 0 {
      guard errno == EINTR else { throw FileError(path: "\(folder)/lock", action: "lock", errno: errno) }
    }
    return lock
  }

  /// - Returns: nil where somebody copies.
  static func forClearing(_ folder: String) throws -> StoreLock? {
    let lock = try StoreLock(folder)
    return flock(lock.descriptor, LOCK_EX | LOCK_NB) == 0 ? lock : nil
  }

  private init(_ folder: String) throws {
    let path = "\(folder)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, action: "open", errno: errno) }
  }

  deinit { close(descriptor) }
}
