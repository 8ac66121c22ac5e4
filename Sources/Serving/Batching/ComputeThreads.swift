import Foundation
import Torch

/// The threads that call LibTorch. Event loops and Swift's own threads never do: a forward pass would hold up every connection.
final class ComputeThreads: Sendable {
  private struct State {
    var jobs: [@Sendable () -> Void] = []
    /// The first job that waits; those before it are done.
    var next = 0
    var isClosed = false
  }

  private let state = Monitor(State())
  let count: Int

  init(count: Int) {
    self.count = max(1, count)
    for number in 0..<self.count {
      let thread = Thread { [state] in Self.work(state) }
      thread.name = "compute-\(number)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { close() }

  func close() { state.broadcast { $0.isClosed = true } }

  func run(_ job: @escaping @Sendable () -> Void) { state.signal { $0.jobs.append(job) } }

  /// Runs `body` on one of the threads.
  func value<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      run { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  private static func work(_ state: Monitor<State>) {
    while true {
      let job: (@Sendable () -> Void)? = state.wait { state in
        if state.next < state.jobs.count {
          let job = state.jobs[state.next]
          state.next += 1
          if state.next == state.jobs.count {
            state.jobs.removeAll(keepingCapacity: true)
            state.next = 0
          }
          return .some(job)
        }
        return state.isClosed ? .some(nil) : nil
      }
      guard let job else { return }
      job()
    }
  }
}
