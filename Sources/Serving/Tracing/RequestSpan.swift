import Foundation
import Synchronization

/// A traced request that is under way: its own span, and those of its steps.
///
/// There is none for a request that is not traced, so that all it costs is to ask for it.
final class RequestSpan: Sendable {
  /// Of the request that this task answers.
  @TaskLocal static var current: RequestSpan?

  private struct State {
    var attributes: Span.Attributes = []
    var steps: [Span] = []
    var isEnded = false
  }

  /// Steps that are kept until their request ends. Those of a stream that goes on and on leave before it.
  private static let stepBound = 64

  private let context: TraceContext
  private let traceState: String
  private let began: UInt64
  /// From the monotonic clock to the time since 1970: one for all spans of a request, so that they fit into each other.
  private let offset: UInt64
  private let queue: SpanQueue
  private let state = Mutex(State())

  /// - Parameter began: nanoseconds of the monotonic clock, as all times here.
  init(_ context: TraceContext, state traceState: String, began: UInt64, queue: SpanQueue) {
    self.context = context
    self.traceState = traceState
    self.began = began
    self.queue = queue
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let sinceEpoch = UInt64(clamping: now.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: now.tv_nsec)
    offset = sinceEpoch &- monotonicNanoseconds()
  }

  /// Adds to what is told of the request, or replaces it.
  func note(_ attributes: Span.Attributes) {
    state.withLock { state in
      state.attributes.removeAll { old in attributes.contains { $0.key == old.key } }
      state.attributes += attributes
    }
  }

  /// Adds a step of the request. One that ends after its request goes out all the same.
  ///
  /// - Parameter failure: of what kind; nil for a step that went well. Never a text with values.
  func step(
    _ name: String, from start: UInt64, to end: UInt64, failure: (any Error)? = nil, _ attributes: Span.Attributes = []
  ) {
    let reason: Span.Attributes = failure.map { [("error.type", .text("\(ServingError($0).code)"))] } ?? []
    let step = Span(
      name: name, kind: .step, trace: context.trace, id: TraceContext.identifier(), parent: context.span,
      flags: context.flags, state: traceState, start: start &+ offset, end: max(start, end) &+ offset,
      attributes: attributes + reason, isFailed: failure != nil)
    let ready: [Span] = state.withLock { state in
      state.steps.append(step)
      guard state.isEnded || state.steps.count >= Self.stepBound else { return [] }
      defer { state.steps = [] }
      return state.steps
    }
    if !ready.isEmpty { queue.add(ready) }
  }

  /// Ends the request; what is called after the first time does nothing.
  func end(_ name: String, _ attributes: Span.Attributes, isFailed: Bool) {
    let end = monotonicNanoseconds()
    let spans: [Span] = state.withLock { state in
      guard !state.isEnded else { return [] }
      state.isEnded = true
      defer { state.steps = [] }
      let whole = Span(
        name: name, kind: .server, trace: context.trace, id: context.span, parent: context.parent,
        flags: context.flags, state: traceState, start: began &+ offset, end: max(began, end) &+ offset,
        attributes: attributes + state.attributes, isFailed: isFailed)
      return [whole] + state.steps
    }
    if !spans.isEmpty { queue.add(spans) }
  }

  /// Runs `body` as a part of the request that `span` stands for.
  static func with<Result>(_ span: RequestSpan?, _ body: () async throws -> Result) async rethrows -> Result {
    guard let span else { return try await body() }
    return try await $current.withValue(span, operation: body)
  }
}
