import Synchronization

/// A request that waits for its answer; whoever ends it first does, and it is ended once.
final class Pending<Input: Sendable, Output: Sendable>: Sendable {
  typealias Done = @Sendable (Result<Output, any Error>) -> Void

  private enum State {
    case new
    case waiting(Done)
    case ended(Result<Output, any Error>)
  }

  let input: Input
  let rows: Int
  let arrived: UInt64
  /// Of the monotonic clock.
  let deadline: UInt64
  /// Of the request; nil where it is not traced.
  let span: RequestSpan?
  private let state = Mutex(State.new)

  init(_ input: Input, rows: Int, deadline: UInt64, span: RequestSpan?) {
    self.input = input
    self.rows = rows
    self.deadline = deadline
    self.span = span
    arrived = monotonicNanoseconds()
  }

  var isEnded: Bool {
    state.withLock { if case .ended = $0 { true } else { false } }
  }

  /// - Parameter done: called once with the answer, on whatever thread has it.
  /// - Returns: false where it was ended before.
  func attach(_ done: @escaping Done) -> Bool {
    let early: Result<Output, any Error>? = state.withLock { state in
      if case .ended(let result) = state { return result }
      state = .waiting(done)
      return nil
    }
    if let early { done(early) }
    return early == nil
  }

  func end(_ result: Result<Output, any Error>) {
    let done: Done? = state.withLock { state in
      switch state {
      case .ended: return nil
      case .new:
        state = .ended(result)
        return nil
      case .waiting(let done):
        state = .ended(result)
        return done
      }
    }
    done?(result)
  }

  /// Ends it because nobody wants the answer any more.
  func cancel() { end(.failure(ServingError(.cancelled, "the request was cancelled"))) }
}
