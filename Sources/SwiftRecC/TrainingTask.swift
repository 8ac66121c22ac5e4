import Features
import Foundation
import Sparse
import Torch
import Training

/// One training on a thread of its own. Its caller asks for what has happened since it last asked.
final class TrainingTask: TrainingObserver, @unchecked Sendable {
  private let condition = NSCondition()
  private var events: [JSONText] = []
  /// The last event may be replaced by a newer one of its kind.
  private var endsWithProgress = false
  /// How it ended, said to everybody who asks after the end.
  private var end: Result<JSONText, any Error>?
  private var isStopping = false

  /// Begins.
  ///
  /// - Parameter dataset: the data, where they stand in memory.
  init(_ configuration: RunConfiguration, run: RunDirectory, resumes: Bool, dataset: Dataset?) {
    let thread = Thread { [self] in
      let result = Result { try train(configuration, run: run, resumes: resumes, dataset: dataset) }
      condition.withLock {
        end = result
        condition.broadcast()
      }
    }
    thread.name = "swiftrec training"
    // As a main thread has.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Asks the training to end after its step, with a checkpoint.
  func stop() {
    condition.withLock { isStopping = true }
  }

  /// The oldest event that was not yet told.
  ///
  /// - Returns: nil when none came within `milliseconds`; after the end always the last one.
  /// - Throws: what ended the training, once all events are told.
  func next(milliseconds: Int) throws -> JSONText? {
    condition.lock()
    defer { condition.unlock() }
    let deadline = Date(timeIntervalSinceNow: Double(milliseconds) / 1000)
    while events.isEmpty, end == nil {
      if !condition.wait(until: deadline) { break }
    }
    if events.isEmpty { return try end?.get() }
    let event = events.removeFirst()
    if events.isEmpty { endsWithProgress = false }
    return event
  }

  // MARK: The training's thread

  private func train(
    _ configuration: RunConfiguration, run: RunDirectory, resumes: Bool, dataset: Dataset?
  ) throws -> JSONText {
    let stopSignal: () -> Int32? = { [self] in condition.withLock { isStopping } ? SIGINT : nil }
    let outcome: TrainingOutcome
    var test: EvaluationResult?
    switch configuration {
    case .recommender(let configuration):
      var job = TrainingJob(configuration, run: run, resumes: resumes)
      job.dataset = dataset
      job.stopSignal = stopSignal
      outcome = try job.train(observer: self) { note($0) }
    case .ranker(let configuration):
      var job = RankingJob(configuration, run: run, resumes: resumes)
      job.stopSignal = stopSignal
      let found = try job.train(observer: self) { note($0) }
      (outcome, test) = (found.training, found.test)
    }
    return TrainingEvent.ended(outcome, test: test, run: run)
  }

  private func note(_ line: String) { add(TrainingEvent.note(line)) }

  private func add(_ event: JSONText, isProgress: Bool = false) {
    condition.withLock {
      if isProgress, endsWithProgress { events.removeLast() }
      events.append(event)
      endsWithProgress = isProgress
      condition.broadcast()
    }
  }

  func featuresFitted(_ done: Double) { add(TrainingEvent.features(done), isProgress: true) }

  func memoryPlanned(_ plan: EmbeddingPlan, _ demands: [EmbeddingPlan.Demand]) {
    add(TrainingEvent.memory(plan))
  }

  func trainingBegan(_ plan: TrainingPlan) { add(TrainingEvent.began(plan)) }

  func trainingAdvanced(_ progress: TrainingProgress) { add(TrainingEvent.progress(progress), isProgress: true) }

  func epochEnded(_ summary: EpochSummary) { add(TrainingEvent.epoch(summary)) }
}
