/// Begins the spans of requests that are traced.
final class Tracer: Sendable {
  private let sampler: TraceSampler
  private let queue: SpanQueue

  init(_ sampler: TraceSampler, queue: SpanQueue) {
    self.sampler = sampler
    self.queue = queue
  }

  /// - Parameters:
  ///   - context: learns whether it is traced, which the answer's header tells.
  ///   - state: the client's header `tracestate`.
  ///   - isProbe: a question of an orchestrator or of Prometheus, which is traced only where it asks for it.
  /// - Returns: nil for a request that is not traced.
  func begin(
    _ context: inout TraceContext, state: @autoclosure () -> String?, isProbe: @autoclosure () -> Bool, at began: UInt64
  ) -> RequestSpan? {
    context.isSampled = sampler.takes(context) && (context.parent != nil || !isProbe())
    guard context.isSampled else { return nil }
    let state = state() ?? ""
    return RequestSpan(context, state: state.utf8.count <= 512 ? state : "", began: began, queue: queue)
  }
}
