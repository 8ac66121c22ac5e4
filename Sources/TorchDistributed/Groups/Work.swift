import Foundation
import Torch

/// A collective that is under way, and the value it will give.
///
/// It keeps its tensors and its group alive until it is done. Dropping it before is safe: the collective still ends, its
/// value is lost. With `nccl` a wait without a timeout orders the current stream behind the collective and returns.
///
/// ```swift
/// let sum = try group.allReduceAsync(gradient)
/// ...                                             // computes meanwhile
/// try sum.wait()                                  // `gradient` holds the sum
/// ```
public final class Work<Value>: @unchecked Sendable {
  /// `all-reduce`, ...
  public let operation: String
  private let flights: [any Carried]
  private let finish: () throws -> Value
  private let lock = NSLock()
  private var outcome: Result<Value, any Error>?
  /// Where a timeline is told of it.
  private var trace: (timeline: Timeline, stage: Timeline.Stage, batch: Int?, start: UInt64)?

  /// - Parameter finish: makes the value, once, after all flights have landed.
  init(_ operation: String, _ flights: [any Carried], finish: @escaping () throws -> Value) {
    self.operation = operation
    self.flights = flights
    self.finish = finish
  }

  /// Whether a wait would return (or throw) at once.
  public var isCompleted: Bool { flights.allSatisfy(\.isCompleted) }

  /// Waits for the value; later calls give the same one, or the same error.
  ///
  /// - Parameter timeout: of this wait; when it runs out the collective goes on, and another wait may follow.
  /// - Throws: `DistributedError` that names rank, operation, group and the ranks that did not arrive.
  @discardableResult
  public func wait(timeout: Duration? = nil) throws -> Value {
    try lock.withLock {
      if let outcome { return try outcome.get() }
      let deadline = timeout.map { ContinuousClock.now + $0 }
      do {
        try trace?.timeline.span(.wait, batch: trace?.batch) { try land(deadline) } ?? land(deadline)
      } catch let error as WaitRanOut {
        throw error.error
      } catch {
        outcome = .failure(error)
        throw error
      }
      if let trace { trace.timeline.travelled(trace.stage, batch: trace.batch, from: trace.start, to: arrival) }
      trace = nil
      let made = Result { try noGrad(finish) }
      outcome = made
      return try made.get()
    }
  }

  private func land(_ deadline: ContinuousClock.Instant?) throws {
    guard !flights.isEmpty else { return }
    let began = ContinuousClock.now
    defer { ExchangeClock.add(.now - began) }
    for flight in flights { try flight.wait(until: deadline) }
  }

  /// When the last of the flights arrived, after a wait.
  private var arrival: UInt64? { flights.compactMap(\.arrival).max() }

  /// Has the way of this work, from now to its arrival, and the wait for it drawn into a timeline.
  @discardableResult
  public func traced(_ stage: Timeline.Stage, batch: Int? = nil, in timeline: Timeline?) -> Work<Value> {
    guard let timeline, timeline.isRecording, !flights.isEmpty else { return self }
    lock.withLock { trace = (timeline, stage, batch ?? timeline.batch, Timeline.now) }
    return self
  }

  /// The same work with another value, computed by the first wait.
  public func map<Other>(_ transform: @escaping (Value) throws -> Other) -> Work<Other> {
    Work<Other>(operation, flights) { [finish] in try transform(finish()) }
  }
}

/// Only the wait ran out: the collective goes on.
struct WaitRanOut: Error {
  let error: DistributedError
}
