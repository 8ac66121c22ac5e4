import Foundation

/// Work on a thread of its own, and what came of it.
final class BackgroundTask: @unchecked Sendable {
  private let condition = NSCondition()
  private var result: Result<String, any Error>?

  /// - Parameter isInline: does it here and now instead.
  init(isInline: Bool, _ body: @escaping @Sendable () throws -> String) {
    if isInline {
      result = Result(catching: body)
    } else {
      Thread.detachNewThread { self.end(Result(catching: body)) }
    }
  }

  private func end(_ result: Result<String, any Error>) {
    condition.lock()
    self.result = result
    condition.broadcast()
    condition.unlock()
  }

  /// nil while it goes on.
  var outcome: Result<String, any Error>? {
    condition.lock()
    defer { condition.unlock() }
    return result
  }

  func wait() -> Result<String, any Error> {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let result { return result }
      condition.wait()
    }
  }
}
