import Foundation
import Synchronization
import TorchDistributed

/// Runs `size` ranks as threads of this process, each with a group of its own, which gloo permits.
package enum Ranks {
  package static func run<R: Sendable>(
    _ size: Int, timeout: Duration = .seconds(20), hosts: [String]? = nil,
    _ body: @escaping @Sendable (ProcessGroup) throws -> R
  ) throws -> [R] {
    let store = try LocalStore(timeout: timeout)
    return try onThreads(size) { rank in
      let group = try ProcessGroup(
        store: store, rank: rank, size: size, timeout: timeout, address: "127.0.0.1", host: hosts?[rank])
      return try body(group)
    }
  }

  /// One thread a rank; the first error in the order of the ranks is thrown.
  package static func onThreads<R: Sendable>(_ size: Int, _ body: @escaping @Sendable (Int) throws -> R) throws -> [R] {
    let results = Results<R>(size)
    let group = DispatchGroup()
    for rank in 0..<size {
      group.enter()
      Thread {
        let result = Result { try body(rank) }
        results.values.withLock { $0[rank] = result }
        group.leave()
      }.start()
    }
    group.wait()
    return try results.values.withLock { try $0.compactMap { try $0?.get() } }
  }

  private final class Results<R: Sendable>: Sendable {
    let values: Mutex<[Result<R, any Error>?]>
    init(_ size: Int) { values = Mutex(Array(repeating: nil, count: size)) }
  }
}
