import Foundation
import Logging

/// Takes events from requests, and writes those that came together in one commit.
///
/// A disk that is full or gone makes no request fail: what could not be stored is counted, reported and let go.
final class EventLog: Sendable {
  private struct Work {
    var events: [Event]
    var exposures: [Exposure]
    var continuation: CheckedContinuation<Bool, Never>?
  }

  private struct State {
    var waiting: [Work] = []
    var count = 0
    var seen: Set<Exposure> = []
    var isClosed = false
    var isDone = false
  }

  static let bound = 100_000

  private let store: EventStore?
  private let metrics: ServingMetrics
  private let logger: Logger
  private let state = Monitor(State())
  let sessions: SessionMemory

  /// - Parameter store: nil keeps events in memory alone.
  init(store: EventStore?, sessions: SessionMemory, metrics: ServingMetrics, logger: Logger) {
    self.store = store
    self.sessions = sessions
    self.metrics = metrics
    self.logger = logger
    if let store {
      if let latest = try? store.latest(200_000) { sessions.add(latest) }
      let thread = Thread { [self] in write(to: store) }
      thread.name = "events"
      thread.start()
    }
  }

  var isDurable: Bool { store != nil }

  /// - Returns: whether they are on the disk.
  func add(_ events: [Event]) async -> Bool {
    sessions.add(events)
    for event in events { metrics.events.increment("type=\"\(event.kind.rawValue)\"") }
    guard store != nil else { return false }
    return await withCheckedContinuation { continuation in
      let isTaken: Bool = state.signal { state in
        guard !state.isClosed, state.count + events.count <= Self.bound else { return false }
        state.waiting.append(Work(events: events, exposures: [], continuation: continuation))
        state.count += events.count
        return true
      }
      if !isTaken {
        lost(events.count, because: "more than \(Self.bound) events wait for the disk")
        continuation.resume(returning: false)
      }
    }
  }

  /// Notes that a user was given an arm; nobody waits for it.
  func add(_ exposure: Exposure) {
    guard store != nil else { return }
    state.signal { state in
      guard !state.isClosed, state.count < Self.bound else { return }
      if state.seen.count >= Self.bound { state.seen = [] }
      guard state.seen.insert(exposure).inserted else { return }
      state.waiting.append(Work(events: [], exposures: [exposure]))
      state.count += 1
    }
  }

  /// Deletes a user's events from memory and disk.
  func delete(user: String) throws -> Int {
    sessions.forget(user: user)
    state.withLock { $0.seen = $0.seen.filter { $0.user != user } }
    return try store?.delete(user: user) ?? 0
  }

  /// Writes what waits, then ends the thread.
  func close() {
    guard store != nil else { return }
    state.broadcast { $0.isClosed = true }
    state.wait { $0.isDone ? () : nil }
    store?.close()
  }

  private func lost(_ count: Int, because reason: String) {
    metrics.eventsLost.increment(by: Double(count))
    logger.error("events lost", metadata: ["count": "\(count)", "reason": "\(reason)"])
  }

  private func write(to store: EventStore) {
    while true {
      let work: [Work]? = state.wait { state in
        guard !state.waiting.isEmpty else { return state.isClosed ? .some(nil) : nil }
        defer {
          state.waiting = []
          state.count = 0
        }
        return .some(state.waiting)
      }
      guard let work else { break }
      let events = work.flatMap(\.events)
      var isStored = true
      do {
        try store.store(events, work.flatMap(\.exposures))
      } catch {
        isStored = false
        if !events.isEmpty { lost(events.count, because: "\(error)".prefixLine) }
        state.withLock { state in for exposure in work.flatMap(\.exposures) { state.seen.remove(exposure) } }
      }
      for one in work { one.continuation?.resume(returning: isStored) }
    }
    state.broadcast { $0.isDone = true }
  }
}
