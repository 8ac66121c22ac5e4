import Synchronization

/// Spans that wait for the collector: a bounded number, so that a collector which is away costs no more than that.
final class SpanQueue: Sendable {
  private let spans = Mutex<[Span]>([])
  private let bound: Int
  private let batch: Int
  private let metrics: ServingMetrics
  private let wake: AsyncStream<Void>.Continuation
  /// A value when a batch is full, and whenever somebody calls; it ends when the queue is closed.
  let calls: AsyncStream<Void>

  init(bound: Int, batch: Int, metrics: ServingMetrics) {
    self.bound = bound
    self.batch = batch
    self.metrics = metrics
    (calls, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Takes the spans of a request, or none of them where they find no room.
  func add(_ new: [Span]) {
    let (fits, isFull) = spans.withLock { spans in
      guard spans.count + new.count <= bound else { return (false, true) }
      let before = spans.count
      spans += new
      return (true, before < batch && spans.count >= batch)
    }
    if !fits { metrics.traceSpans.increment("result=\"dropped\"", by: Double(new.count)) }
    if isFull { wake.yield() }
  }

  /// The oldest spans, a batch at most.
  func take() -> [Span] {
    spans.withLock { spans in
      let taken = Array(spans.prefix(batch))
      spans.removeFirst(taken.count)
      return taken
    }
  }

  func call() { wake.yield() }

  func close() { wake.finish() }
}
