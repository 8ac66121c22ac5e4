import Foundation

/// Runs what is asynchronous from a command, which is not.
enum Blocking {
  private final class Box<Value>: @unchecked Sendable {
    var result: Result<Value, any Error>?
  }

  static func wait<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let box = Box<Value>()
    let done = DispatchSemaphore(value: 0)
    Task {
      do { box.result = .success(try await body()) } catch { box.result = .failure(error) }
      done.signal()
    }
    done.wait()
    guard let result = box.result else { throw CommandError("the work ended without a result") }
    return try result.get()
  }
}

/// What the machine does not give: a port that is taken, an address that it does not have.
struct EnvironmentFault: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
