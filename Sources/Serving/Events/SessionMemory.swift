import Registry
import Synchronization

/// The last events of each user and session, so that an answer knows of a click at once.
final class SessionMemory: Sendable {
  private struct Trail {
    var events: [RecentEvent] = []
    var touched: UInt64 = 0
  }

  private struct State {
    var trails: [String: Trail] = [:]
    var clock: UInt64 = 0
  }

  private let state = Mutex(State())
  private let capacity: Int
  private let length: Int

  /// - Parameter capacity: users and sessions that are remembered; those not seen for longest go first.
  init(capacity: Int = 200_000, length: Int = 50) {
    self.capacity = max(16, capacity)
    self.length = length
  }

  private static func user(_ name: String) -> String { "u:" + name }
  private static func session(_ name: String) -> String { "s:" + name }

  func add(_ events: [Event]) {
    state.withLock { state in
      for event in events {
        let recent = RecentEvent(item: event.item, weight: Float(event.weight))
        for key in [event.user.map(Self.user), event.session.map(Self.session)].compactMap({ $0 }) {
          state.clock += 1
          var trail = state.trails[key] ?? Trail()
          trail.events.append(recent)
          if trail.events.count > length { trail.events.removeFirst(trail.events.count - length) }
          trail.touched = state.clock
          state.trails[key] = trail
        }
      }
      if state.trails.count > capacity { Self.forget(&state, keep: capacity * 3 / 4) }
    }
  }

  private static func forget(_ state: inout State, keep: Int) {
    let ages = state.trails.values.map(\.touched).sorted()
    let oldest = ages[ages.count - keep]
    state.trails = state.trails.filter { $0.value.touched >= oldest }
  }

  /// The events of a user and of a session, the latest last.
  func recent(user: String?, session: String? = nil) -> [RecentEvent] {
    state.withLock { state in
      let own = user.flatMap { state.trails[Self.user($0)]?.events } ?? []
      let here = session.flatMap { state.trails[Self.session($0)]?.events } ?? []
      guard !here.isEmpty else { return own }
      return own.filter { event in !here.contains { $0.item == event.item } } + here
    }
  }

  func forget(user: String) { state.withLock { $0.trails[Self.user(user)] = nil } }
}
