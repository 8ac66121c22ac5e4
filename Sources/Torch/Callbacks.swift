import Foundation

/// Keeps a Swift closure alive behind a C context pointer.
final class CallbackBox<Body>: @unchecked Sendable {
  let body: Body
  init(_ body: Body) { self.body = body }
}

/// Gives back what `Unmanaged.passRetained` took.
let releaseCallback: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
  if let context { Unmanaged<AnyObject>.fromOpaque(context).release() }
}

/// The Swift errors that made callbacks fail, carried around the C++ frames they must not cross.
///
/// Backward runs CPU callbacks on the thread that called it and GPU callbacks on LibTorch's own: a caller takes the error of
/// its own thread, and where there is none the oldest.
enum CallbackError {
  private static let lock = NSLock()
  nonisolated(unsafe) private static var pending: [(thread: pthread_t, error: any Error)] = []

  static func put(_ error: any Error) {
    let thread = pthread_self()
    lock.withLock {
      if !pending.contains(where: { pthread_equal($0.thread, thread) != 0 }) { pending.append((thread, error)) }
    }
  }

  static func takePending() -> (any Error)? {
    let thread = pthread_self()
    return lock.withLock {
      let own = pending.firstIndex { pthread_equal($0.thread, thread) != 0 }
      return pending.isEmpty ? nil : pending.remove(at: own ?? 0).error
    }
  }
}

/// Runs a callback's body; a thrown error becomes a failing status, and waits in `CallbackError`.
func runCallback(_ body: () throws -> Void) -> Int32 {
  do {
    try body()
    return 0
  } catch {
    CallbackError.put(error)
    return 1
  }
}
