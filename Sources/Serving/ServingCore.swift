import Foundation
import Logging
import Synchronization

/// What both protocols share.
final class ServingCore: Sendable {
  let options: ServingOptions
  let store: ModelRotation
  let recommender: RecommenderService
  let events: EventLog
  let keys: KeyGuard
  let metrics: ServingMetrics
  /// nil where nothing is traced.
  let tracer: Tracer?
  let logger: Logger
  /// What clients are told that they talk to.
  let version: String
  private let isStopping = Atomic(false)

  init(
    options: ServingOptions, store: ModelRotation, recommender: RecommenderService, events: EventLog, keys: KeyGuard,
    metrics: ServingMetrics, tracer: Tracer?, logger: Logger, version: String
  ) {
    self.options = options
    self.store = store
    self.recommender = recommender
    self.events = events
    self.keys = keys
    self.metrics = metrics
    self.tracer = tracer
    self.logger = logger
    self.version = version
  }

  /// What is offered beside the protocol's core, by Triton's names.
  static let extensions = ["binary_tensor_data", "model_configuration", "model_repository", "statistics"]

  /// Whether new requests are welcome.
  var isReady: Bool { !isStopping.load(ordering: .relaxed) && !store.names.isEmpty }

  func stop() { isStopping.store(true, ordering: .relaxed) }

  /// When an answer is too late, on the monotonic clock.
  ///
  /// - Parameter seconds: what the client allows; never more than the server does.
  func deadline(seconds: Double?) -> UInt64 {
    let seconds = min(max(seconds ?? options.timeoutSeconds, 0), options.timeoutSeconds)
    return monotonicNanoseconds() + UInt64(seconds * 1e9)
  }

  /// Ends requests that are past their deadlines; called every few milliseconds.
  func expire() {
    let now = monotonicNanoseconds()
    for model in store.all { model.expire(now: now) }
  }
}

extension ServingCore {
  /// Opens a model again, away from event loops and compute threads: it takes as long as the disk does.
  func load(_ name: String, source: String?) async throws {
    _ = try await blocking { try self.store.reload(name, source: source) }
  }

  func deleteEvents(of user: String) async throws -> Int {
    try await blocking {
      do {
        return try self.events.delete(user: user)
      } catch {
        self.logger.error("events not deleted", metadata: ["error": "\("\(error)".prefixLine)"])
        throw ServingError(.unavailable, "the events could not be deleted now; try again", retryAfter: 5)
      }
    }
  }

  /// Runs what may wait for a disk on a thread of its own.
  func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread { continuation.resume(with: Swift.Result { try body() }) }
      thread.stackSize = 8 << 20
      thread.start()
    }
  }
}
