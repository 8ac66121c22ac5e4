import Foundation
import Synchronization

/// Tells the other ranks of a group, through the store, that this one lives and how far it has come; and learns that one
/// of them has failed, or is not heard of any more: a host that loses its power closes no connection.
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

  /// How long a rank, or the store, may be silent while this one waits: as long as torchrun lets a host be silent.
  static let longestSilence = Duration.seconds(15)

  let interval: Duration
  private let store: Store
  private let rank: Int
  private let size: Int
  private let condition = NSCondition()
  private var reading = Reading()
  private var stopped = false
  private var peerFailed = false
  private var watchesUntil = ContinuousClock.now
  /// When each rank was last heard of with something new, by what it wrote.
  private var heard: [Int: (reading: Reading?, since: ContinuousClock.Instant)] = [:]

  /// - Parameters:
  ///   - store: of this group, on a connection that nobody else blocks.
  ///   - timeout: of the group's collectives; the interval is a small part of it.
  init(store: Store, rank: Int, size: Int, timeout: Duration) {
    self.store = store
    self.rank = rank
    self.size = size
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

  /// Called again and again by whoever waits for the others: only then it matters whether they are heard of.
  func watch() { condition.withLock { watchesUntil = .now + interval * 3 } }

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
    var lastTurn = ContinuousClock.now
    while true {
      // The last words of a rank tell how far it came, and count as no sign of life.
      let (text, isOver, watches) = condition.withLock { () -> (String, Bool, Bool) in
        if !stopped { reading.beat += 1 }
        return (reading.text, stopped, watchesUntil > .now)
      }
      // A rank that slept itself has heard nobody meanwhile.
      if lastTurn + interval + .seconds(3) < .now { heard = [:] }
      lastTurn = .now
      var failed = false
      do {
        try store.set("pulse/\(rank)", text)
        guard !isOver else { return }
        failed = try store.contains(["failed"])
        if watches, try !hearsOfAll() { failed = true }
      } catch {
        // It does not come back. Whoever needs the store tells so; a rank that only waits for others is told here.
        if !isOver { rest(Self.longestSilence) }
        condition.withLock { peerFailed = true }
        return
      }
      if failed { condition.withLock { peerFailed = true } }
      rest(interval)
    }
  }

  /// Sleeps so long, or until the group ends.
  private func rest(_ duration: Duration) {
    let until = Date(timeIntervalSinceNow: Double(duration.milliseconds) / 1000)
    condition.withLock { while !stopped, condition.wait(until: until) {} }
  }

  /// Whether every other rank has said something new within the longest silence. A rank that has said nothing yet has not begun.
  private func hearsOfAll() throws -> Bool {
    var all = true
    for peer in 0..<size where peer != rank {
      let reading = try read(peer)
      if let known = heard[peer], known.reading == reading {
        if reading != nil, known.since + Self.longestSilence < .now { all = false }
      } else {
        heard[peer] = (reading, .now)
      }
    }
    return all
  }
}
