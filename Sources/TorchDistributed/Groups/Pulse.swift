import Foundation
import Synchronization

/// Tells the other ranks of a group, through the store, that this one lives and how far it has come; and learns that one
/// of them has failed.
///
/// Nothing is written per collective: a thread writes once an interval, on a connection of its own.
final class Pulse: @unchecked Sendable {
  /// How far one rank has come, as it stands in the store.
  struct Reading: Equatable {
    /// Counts the intervals this rank has lived.
    var beat = 0
    /// How many operations it has begun.
    var issued = 0
    /// The last of them.
    var operation = ""

    var text: String { "\(beat) \(issued) \(operation)" }

    init() {}

    init?(_ text: String) {
      let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, let beat = Int(parts[0]), let issued = Int(parts[1]) else { return nil }
      (self.beat, self.issued, self.operation) = (beat, issued, String(parts[2]))
    }
  }

  let interval: Duration
  private let store: Store
  private let rank: Int
  private let condition = NSCondition()
  private var reading = Reading()
  private var stopped = false
  private var peerFailed = false

  /// - Parameters:
  ///   - store: of this group, on a connection that nobody else blocks.
  ///   - timeout: of the group's collectives; the interval is a small part of it.
  init(store: Store, rank: Int, timeout: Duration) {
    self.store = store
    self.rank = rank
    interval = min(max(timeout / 10, .milliseconds(20)), .seconds(1))
    let thread = Thread { [self] in run() }
    thread.name = "swiftrec-pulse"
    thread.start()
  }

  /// Ends the thread; called by the group's `deinit`.
  func stop() {
    condition.withLock {
      stopped = true
      condition.signal()
    }
  }

  /// Counts an operation and gives its number.
  func issue(_ operation: String) -> Int {
    condition.withLock {
      reading.issued += 1
      reading.operation = operation
      return reading.issued
    }
  }

  var peerHasFailed: Bool { condition.withLock { peerFailed } }

  /// What rank `peer` has last written; nil before it wrote anything.
  func read(_ peer: Int) throws -> Reading? {
    guard try store.contains(["pulse/\(peer)"]) else { return nil }
    return Reading(try store.getString("pulse/\(peer)"))
  }

  /// Writes that this rank's operation has failed, so that the others need not wait for it.
  func reportFailure(_ sequence: Int, _ operation: String) throws {
    try store.set("failed/\(rank)", "\(sequence) \(operation)")
    try store.set("failed", "\(rank)")
  }

  /// The operation that failed on rank `peer`, as that rank has reported.
  func reportedFailure(_ peer: Int) throws -> (sequence: Int, operation: String)? {
    guard try store.contains(["failed/\(peer)"]) else { return nil }
    let parts = try store.getString("failed/\(peer)").split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let sequence = Int(parts[0]) else { return nil }
    return (sequence, String(parts[1]))
  }

  private func run() {
    while true {
      // The last words of a rank tell how far it came, and count as no sign of life.
      let (text, isOver) = condition.withLock { () -> (String, Bool) in
        if !stopped { reading.beat += 1 }
        return (reading.text, stopped)
      }
      // A store that has gone is told by whoever needs it.
      guard (try? store.set("pulse/\(rank)", text)) != nil, !isOver, let failed = try? store.contains(["failed"]) else {
        return
      }
      condition.withLock {
        if failed { peerFailed = true }
        if !stopped { _ = condition.wait(until: Date(timeIntervalSinceNow: Double(interval.milliseconds) / 1000)) }
      }
    }
  }
}
