import Synchronization

/// A request that waits for its answer; whoever ends it first does, and it is ended once.
final class Pending<Input: Sendable, Output: Sendable>: Sendable {
  private enum State {
    case new
    case waiting(CheckedContinuation<Output, any Error>)
    case ended(Result<Output, any Error>)
  }

  let input: Input
  let rows: Int
  let arrived: UInt64
  /// Of the monotonic clock.
  let deadline: UInt64
  private let state = Mutex(State.new)

  init(_ input: Input, rows: Int, deadline: UInt64) {
    self.input = input
    self.rows = rows
    self.deadline = deadline
    arrived = monotonicNanoseconds()
  }

  var isEnded: Bool {
    state.withLock { if case .ended = $0 { true } else { false } }
  }

  /// - Returns: false where it was ended before.
  func attach(_ continuation: CheckedContinuation<Output, any Error>) -> Bool {
    let early: Result<Output, any Error>? = state.withLock { state in
      if case .ended(let result) = state { return result }
      state = .waiting(continuation)
      return nil
    }
    if let early { continuation.resume(with: early) }
    return early == nil
  }

  func end(_ result: Result<Output, any Error>) {
    let continuation: CheckedContinuation<Output, any Error>? = state.withLock { state in
      switch state {
      case .ended: return nil
      case .new:
        state = .ended(result)
        return nil
      case .waiting(let continuation):
        state = .ended(result)
        return continuation
      }
    }
    continuation?.resume(with: result)
  }
}
