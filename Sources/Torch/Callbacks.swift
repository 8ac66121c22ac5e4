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

/// The Swift error that made a callback fail, carried around the C++ frames it must not cross.
///
/// Backward runs GPU callbacks on LibTorch's own threads, so one slot for the process serves, not a thread-local.
enum CallbackError {
  private static let lock = NSLock()
  nonisolated(unsafe) private static var pending: (any Error)?

  static func put(_ error: any Error) {
    lock.withLock { if pending == nil { pending = error } }
  }

  static func takePending() -> (any Error)? {
    lock.withLock {
      defer { pending = nil }
      return pending
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
