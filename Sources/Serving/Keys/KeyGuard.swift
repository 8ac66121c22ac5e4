import Foundation
import Synchronization
import Training

/// Who may do what, and how often: decided from the keys in memory, which follow the file within a second.
final class KeyGuard: Sendable {
  private struct Bucket {
    var tokens: Double
    var filled: UInt64
  }

  private struct State {
    var keys: [String: KeyRecord]
    var buckets: [String: Bucket] = [:]
  }

  private let store: KeyStore?
  private let state: Mutex<State>

  /// - Parameter store: nil lets everybody predict and write events.
  init(_ store: KeyStore?) throws {
    self.store = store
    state = Mutex(State(keys: try Self.read(store)))
  }

  private static func read(_ store: KeyStore?) throws -> [String: KeyRecord] {
    Dictionary(try store?.all().map { ($0.id, $0) } ?? [], uniquingKeysWith: { $1 })
  }

  var isOn: Bool { store != nil }

  /// Reads the file again.
  func refresh() throws {
    let keys = try Self.read(store)
    state.withLock { $0.keys = keys }
  }

  /// - Parameter header: `Bearer srk_...`.
  /// - Parameter isLocalAdmin: whether the request came in where control needs no key.
  /// - Throws: `ServingError` `.unauthenticated`, `.forbidden`, `.exhausted`.
  func admit(_ header: String?, for scope: KeyScope, isLocalAdmin: Bool) throws(ServingError) {
    guard isOn else {
      guard scope != .admin || isLocalAdmin else {
        throw ServingError(.forbidden, "this is answered on the admin port alone, or with a key of scope admin")
      }
      return
    }
    guard let header else {
      throw ServingError(.unauthenticated, "no key; send the header Authorization: Bearer srk_...")
    }
    let record = try key(header)
    guard record.scopes.contains(scope) || record.scopes.contains(.admin) else {
      throw ServingError(.forbidden, "the key has no scope \(scope.rawValue); use one that has")
    }
    try take(record)
  }

  private func key(_ header: String) throws(ServingError) -> KeyRecord {
    let parts = header.split(separator: " ", maxSplits: 1)
    let words = parts.last?.split(separator: "_", maxSplits: 2) ?? []
    let bad = ServingError(.unauthenticated, "the key is not valid; make one with `swiftrec keys create`")
    guard parts.count == 2, parts[0].lowercased() == "bearer", words.count == 3, words[0] == "srk" else { throw bad }
    let hash = KeyStore.hash(words[2])
    guard let record = state.withLock({ $0.keys[String(words[1])] }) else { throw bad }
    guard Self.areEqual(hash, record.hash), record.state(now: Event.now) == "active" else { throw bad }
    return record
  }

  /// Takes as long for any two hashes.
  static func areEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
    guard first.count == second.count else { return false }
    return zip(first, second).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// A bucket that holds one second's requests, and at least one.
  private func take(_ record: KeyRecord) throws(ServingError) {
    guard let rate = record.rate else { return }
    let now = monotonicNanoseconds()
    let wait: Double = state.withLock { state in
      var bucket = state.buckets[record.id] ?? Bucket(tokens: max(1, rate), filled: now)
      bucket.tokens = min(max(1, rate), bucket.tokens + Double(now - bucket.filled) / 1e9 * rate)
      bucket.filled = now
      defer { state.buckets[record.id] = bucket }
      guard bucket.tokens >= 1 else { return (1 - bucket.tokens) / rate }
      bucket.tokens -= 1
      return 0
    }
    guard wait > 0 else { return }
    throw ServingError(
      .exhausted, "the key allows \(MetricsText.number(rate)) requests a second; send fewer",
      retryAfter: Int(wait.rounded(.up)))
  }
}
