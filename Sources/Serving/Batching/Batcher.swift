/// Joins requests that wait into batches, and has them answered on the compute threads.
///
/// While the model is busy requests gather; when it is free it takes as many as fit. A request that makes its batch fail is found
/// by running each alone, so that it spoils no other's answer.
///
/// Source: Crankshaw et al. 2017, "Clipper", NSDI, section 4.3 (adaptive and delayed batching).
final class Batcher<Input: Sendable, Output: Sendable>: Sendable {
  private struct State {
    var queue: [Pending<Input, Output>] = []
    var running: [Pending<Input, Output>] = []
    var jobs = 0
  }

  private let state = Monitor(State())
  private let options: BatchingOptions
  private let threads: ComputeThreads
  private let joins: @Sendable (Input, Input) -> Bool
  private let answer: @Sendable ([Input], [Int]) throws -> [Output]
  private let report: @Sendable (BatchReport) -> Void

  /// - Parameter joins: whether two requests may share a call.
  /// - Parameter answer: the call: requests and the rows of each, an answer for each.
  init(
    _ options: BatchingOptions, threads: ComputeThreads, joins: @escaping @Sendable (Input, Input) -> Bool,
    answer: @escaping @Sendable ([Input], [Int]) throws -> [Output], report: @escaping @Sendable (BatchReport) -> Void
  ) {
    self.options = options
    self.threads = threads
    self.joins = joins
    self.answer = answer
    self.report = report
  }

  var waiting: Int { state.withLock { $0.queue.count } }
  var isIdle: Bool { state.withLock { $0.queue.isEmpty && $0.jobs == 0 } }

  /// - Parameter deadline: nanoseconds of the monotonic clock.
  /// - Throws: `ServingError` `.exhausted` when too many wait, `.deadlineExceeded`, `.cancelled`; what the model throws.
  func submit(_ input: Input, rows: Int, deadline: UInt64, span: RequestSpan?) async throws -> Output {
    let pending = Pending<Input, Output>(input, rows: rows, deadline: deadline, span: span)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        if pending.attach({ continuation.resume(with: $0) }) { admit(pending) }
      }
    } onCancel: {
      pending.cancel()
    }
  }

  /// As ``submit(_:rows:deadline:span:)``, for callers that do not wait: `done` is called once, on whatever thread has the answer.
  func submit(
    _ input: Input, rows: Int, deadline: UInt64, span: RequestSpan?, _ done: @escaping Pending<Input, Output>.Done
  ) -> Pending<Input, Output> {
    let pending = Pending<Input, Output>(input, rows: rows, deadline: deadline, span: span)
    if pending.attach(done) { admit(pending) }
    return pending
  }

  private func admit(_ pending: Pending<Input, Output>) {
    let (isFull, needsJob): (Bool, Bool) = state.signal { state in
      guard state.queue.count < options.queueBound else { return (true, false) }
      state.queue.append(pending)
      guard state.jobs < options.concurrency else { return (false, false) }
      state.jobs += 1
      return (false, true)
    }
    if isFull {
      pending.end(
        .failure(
          ServingError(.exhausted, "\(options.queueBound) requests wait for this model; try again later", retryAfter: 1)
        ))
    } else if needsJob {
      threads.run { self.work() }
    }
  }

  /// Ends what has waited or run past its deadline.
  func expire(now: UInt64) {
    let (waiting, running) = state.withLock { state in
      let waiting = state.queue.filter { $0.deadline <= now }
      if !waiting.isEmpty { state.queue.removeAll { $0.deadline <= now } }
      return (waiting, state.running.filter { $0.deadline <= now })
    }
    for pending in waiting { Self.endLate(pending, now) }
    // The step of the model is told when it ends.
    for pending in running { pending.end(.failure(Self.tooLate)) }
  }

  private static var tooLate: ServingError {
    ServingError(.deadlineExceeded, "the answer took longer than the request allows; allow more, or send fewer rows")
  }

  private static func endLate(_ pending: Pending<Input, Output>, _ now: UInt64) {
    pending.span?.step("queue", from: pending.arrived, to: now, failure: tooLate)
    pending.end(.failure(tooLate))
  }

  private func work() {
    if options.maxDelayMicroseconds > 0 { gather() }
    let batch = takeBatch()
    if !batch.isEmpty { run(batch) }
    let goesOn = state.withLock { state in
      state.running.removeAll { pending in batch.contains { $0 === pending } }
      if state.queue.isEmpty { state.jobs -= 1 }
      return !state.queue.isEmpty
    }
    // To the end of the line, so that one busy model can't keep the threads from others.
    if goesOn { threads.run { self.work() } }
  }

  private func gather() {
    guard let first = state.withLock({ $0.queue.first?.arrived }) else { return }
    let end = first + UInt64(options.maxDelayMicroseconds) * 1000
    _ = state.wait(untilNanoseconds: end) { state -> Bool? in
      state.queue.reduce(0) { $0 + $1.rows } >= options.maxRows ? true : nil
    }
  }

  private func takeBatch() -> [Pending<Input, Output>] {
    let now = monotonicNanoseconds()
    var late: [Pending<Input, Output>] = []
    let batch: [Pending<Input, Output>] = state.withLock { state in
      var batch: [Pending<Input, Output>] = []
      var left: [Pending<Input, Output>] = []
      var rows = 0
      for pending in state.queue {
        if pending.isEnded { continue }
        if pending.deadline <= now {
          late.append(pending)
          continue
        }
        let fits = batch.isEmpty || rows + pending.rows <= options.maxRows && joins(batch[0].input, pending.input)
        if fits {
          batch.append(pending)
          rows += pending.rows
        } else {
          left.append(pending)
        }
      }
      state.queue = left
      state.running += batch
      return batch
    }
    for pending in late { Self.endLate(pending, now) }
    return batch
  }

  private func run(_ batch: [Pending<Input, Output>]) {
    let began = monotonicNanoseconds()
    for pending in batch { pending.span?.step("queue", from: pending.arrived, to: began) }
    var failures = 0
    do {
      let outputs = try answer(batch.map(\.input), batch.map(\.rows))
      guard outputs.count == batch.count else {
        throw ServingError(.fault, "the model answered \(outputs.count) of \(batch.count) requests")
      }
      trace(batch, since: began)
      for (pending, output) in zip(batch, outputs) { pending.end(.success(output)) }
    } catch {
      trace(batch, since: began, failure: error)
      if batch.count == 1 {
        failures = 1
        batch[0].end(.failure(error))
      } else {
        for pending in batch { failures += runAlone(pending) ? 0 : 1 }
      }
    }
    let queued = batch.reduce(0) { $0 + (began - min(began, $1.arrived)) }
    report(
      BatchReport(
        requests: batch.count, rows: batch.reduce(0) { $0 + $1.rows }, queueNanoseconds: queued,
        runNanoseconds: monotonicNanoseconds() - began, failures: failures))
  }

  /// Tells the requests that are traced of a call of the model.
  private func trace(_ batch: [Pending<Input, Output>], since began: UInt64, failure: (any Error)? = nil) {
    guard batch.contains(where: { $0.span != nil }) else { return }
    let end = monotonicNanoseconds()
    let attributes: Span.Attributes = [
      ("swiftrec.batch.requests", .integer(batch.count)),
      ("swiftrec.batch.rows", .integer(batch.reduce(0) { $0 + $1.rows })),
    ]
    for pending in batch { pending.span?.step("run", from: began, to: end, failure: failure, attributes) }
  }

  private func runAlone(_ pending: Pending<Input, Output>) -> Bool {
    let began = monotonicNanoseconds()
    let result = Result { () throws -> Output in
      guard let output = try answer([pending.input], [pending.rows]).first else {
        throw ServingError(.fault, "the model gave no answer")
      }
      return output
    }
    var failure: (any Error)?
    if case .failure(let error) = result { failure = error }
    trace([pending], since: began, failure: failure)
    pending.end(result)
    return failure == nil
  }
}
