import Foundation

/// A value that one thread makes, ahead of time or when it is asked for, and any may take.
final class Deferred<Value: Sendable>: @unchecked Sendable {
  private enum State {
    case waiting(() throws -> Value)
    case running
    case done(Result<Value, any Error>)
  }

  private let condition = NSCondition()
  private var state: State

  init(_ make: @escaping @Sendable () throws -> Value) { state = .waiting(make) }

  /// Whether the value is there.
  var isDone: Bool {
    condition.lock()
    defer { condition.unlock() }
    if case .done = state { return true }
    return false
  }

  /// Makes the value if nobody has begun to.
  func run() {
    condition.lock()
    guard case .waiting(let make) = state else {
      condition.unlock()
      return
    }
    state = .running
    condition.unlock()
    let result = Result { try make() }
    condition.lock()
    state = .done(result)
    condition.broadcast()
    condition.unlock()
  }

  /// The value, made by the caller if nobody has begun to.
  func value() throws -> Value {
    run()
    condition.lock()
    defer { condition.unlock() }
    while true {
      if case .done(let result) = state { return try result.get() }
      condition.wait()
    }
  }
}
