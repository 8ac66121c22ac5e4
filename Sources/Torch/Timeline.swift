import Foundation
import Synchronization

/// What a process does at each moment of its first steps, and what travels meanwhile: PyTorch's profiler for the stages of training.
///
/// Spans of the processor never overlap: one inside another interrupts it. What travels between processes overlaps with anything.
///
/// ```swift
/// let timeline = Timeline(steps: 100)
/// timeline.begin(batch: 0)
/// try timeline.span(.forward) { ... }
/// try Timeline.trace([timeline.events(process: 0, name: "rank 0")])     // for chrome://tracing and ui.perfetto.dev
/// ```
public final class Timeline: Sendable {
  /// The rows, from top to bottom.
  public enum Stage: String, Sendable, CaseIterable {
    case load
    case copy
    case prefetch
    case lookup
    /// Without the lookup of divided tables, and without waiting for their rows.
    case forward
    /// Rows of the sparse engine are updated in it.
    case backward
    case update
    case checkpoint
    /// Ids on their way, or the processor at work on them.
    case inputExchange = "input exchange"
    /// Rows on their way.
    case outputExchange = "output exchange"
    /// Gradients of rows on their way.
    case gradientExchange = "gradient exchange"
    case allReduce = "gradient all-reduce"
    /// For what travels.
    case wait
  }

  /// The processor at work on one stage, or something under way.
  public struct Event: Sendable, Equatable {
    public let stage: Stage
    /// Of the run, from 0.
    public let batch: Int
    /// Nanoseconds of ``now``.
    public let start: UInt64
    public let end: UInt64
    public let isTravelling: Bool
  }

  private struct State {
    var batch = 0
    var firstBatch: Int?
    var isRecording = false
    var open: [(stage: Stage, batch: Int, start: UInt64)] = []
    var events: [Event] = []
  }

  /// How many batches are recorded.
  public let steps: Int
  private let state = Mutex(State())

  /// - Parameter steps: how many batches are recorded, so that a long run costs no memory.
  public init(steps: Int) { self.steps = steps }

  /// Nanoseconds of the host's monotonic clock, which its processes share.
  public static var now: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Names the batch that the processor is at from now on, and ends the recording after the last step.
  public func begin(batch: Int) {
    state.withLock { state in
      let first = state.firstBatch ?? batch
      state.firstBatch = first
      state.batch = batch
      state.isRecording = batch - first < steps
    }
  }

  /// The batch that the processor is at.
  public var batch: Int { state.withLock { $0.batch } }

  public var isRecording: Bool { state.withLock { $0.isRecording } }

  /// Whether all steps are recorded.
  public var isFull: Bool { state.withLock { $0.firstBatch != nil && !$0.isRecording } }

  /// What was recorded, in the order of the ends.
  public var events: [Event] { state.withLock { $0.events } }

  /// Runs `body` as work on a stage; the stage around it goes on afterwards.
  ///
  /// - Parameter batch: whose work it is; nil for the one that the processor is at.
  public func span<R>(_ stage: Stage, batch: Int? = nil, _ body: () throws -> R) rethrows -> R {
    guard enter(stage, batch: batch) else { return try body() }
    defer { leave() }
    return try body()
  }

  private func enter(_ stage: Stage, batch: Int?) -> Bool {
    state.withLock { state in
      guard state.isRecording else { return false }
      let now = Self.now
      close(&state, at: now)
      state.open.append((stage, batch ?? state.batch, now))
      return true
    }
  }

  private func leave() {
    state.withLock { state in
      let now = Self.now
      close(&state, at: now)
      state.open.removeLast()
      if let last = state.open.indices.last { state.open[last].start = now }
    }
  }

  private func close(_ state: inout State, at now: UInt64) {
    guard let open = state.open.last, now > open.start else { return }
    state.events.append(
      Event(stage: open.stage, batch: open.batch, start: open.start, end: now, isTravelling: false))
  }

  /// Notes what was under way from its sending to its arrival; nothing where that is not known.
  public func travelled(_ stage: Stage, batch: Int? = nil, from start: UInt64, to end: UInt64?) {
    guard let end else { return }
    state.withLock { state in
      guard state.isRecording else { return }
      state.events.append(
        Event(
          stage: stage, batch: batch ?? state.batch, start: start, end: max(start, end), isTravelling: true))
    }
  }
}

extension Timeline? {
  /// Runs `body`, and notes it where there is a timeline.
  public func span<R>(_ stage: Timeline.Stage, batch: Int? = nil, _ body: () throws -> R) rethrows -> R {
    guard let self else { return try body() }
    return try self.span(stage, batch: batch, body)
  }
}
