import Foundation

/// Holds a writer back to so many bytes a second, until somebody waits for it.
final class WritePace: @unchecked Sendable {
  private let condition = NSCondition()
  private let bytesPerSecond: Int?
  private var isHurried = false
  private var isCancelled = false
  /// When what was taken so far may be written.
  private var due = Date.distantPast

  /// - Parameter bytesPerSecond: nil holds nothing back.
  init(bytesPerSecond: Int?) {
    self.bytesPerSecond = bytesPerSecond
  }

  /// Waits until so many bytes more may be written.
  ///
  /// - Throws: `CheckpointCancelled` once ``cancel()`` was called.
  func take(_ bytes: Int) throws {
    condition.lock()
    defer { condition.unlock() }
    if isCancelled { throw CheckpointCancelled() }
    guard let bytesPerSecond, !isHurried else { return }
    // Time that the disk or the training took is not caught up with.
    due = max(due, Date()).addingTimeInterval(Double(bytes) / Double(bytesPerSecond))
    while !isHurried, !isCancelled, Date() < due {
      if !condition.wait(until: due) { break }
    }
    if isCancelled { throw CheckpointCancelled() }
  }

  /// Holds nothing back any more.
  func hurry() { change { isHurried = true } }

  /// Ends the writer at its next piece.
  func cancel() { change { isCancelled = true } }

  private func change(_ body: () -> Void) {
    condition.lock()
    body()
    condition.broadcast()
    condition.unlock()
  }
}

/// A checkpoint that is not written to its end, because another rank's failed or the training did.
struct CheckpointCancelled: Error, CustomStringConvertible {
  var description: String { "the checkpoint was given up" }
}
