/// Writes checkpoints while training goes on, one at a time.
///
/// A checkpoint is written in phases: the next one begins on every rank when the one before has ended on all of them, which they
/// learn from the votes of a step. So no thread but the training's own ever talks to another rank, and all ranks take the same
/// decisions after the same step.
final class CheckpointWriter {
  /// What each rank does of a checkpoint beside its training.
  struct Phase: Sendable {
    /// As an error calls it: `writing runs/a/checkpoints/last.safetensors`.
    let what: String
    /// Gets what the ranks said of the phase before.
    let body: @Sendable (_ said: [String]) throws -> String
  }

  /// What the ranks voted: how many are at the end of their phase, and how many of these failed.
  typealias Votes = (done: Int, failed: Int)

  private let world: TrainingWorld?
  private var phases: [Phase] = []
  private var isInline = false
  private var pace = WritePace(bytesPerSecond: nil)
  private var task: BackgroundTask?
  private var discard: () -> Void = {}
  private var ended: ([String]) -> Void = { _ in }

  init(_ world: TrainingWorld?) {
    self.world = world
  }

  /// Whether a checkpoint is under way; alike on all ranks.
  var isBusy: Bool { task != nil }

  /// Begins a checkpoint.
  ///
  /// - Parameters:
  ///   - pace: that the phases keep.
  ///   - isInline: this rank does its part now, which the others need not know.
  ///   - discard: takes away what a checkpoint leaves that is not written to its end.
  ///   - ended: gets what the ranks said of the last phase.
  func begin(
    _ phases: [Phase], pace: WritePace, isInline: Bool, discard: @escaping () -> Void,
    ended: @escaping ([String]) -> Void
  ) {
    self.phases = phases
    self.pace = pace
    self.isInline = isInline
    self.discard = discard
    self.ended = ended
    next([])
  }

  private func next(_ said: [String]) {
    task = phases.first.map { phase in BackgroundTask(isInline: isInline) { try phase.body(said) } }
  }

  /// What this rank votes.
  var vote: Votes {
    switch task?.outcome {
    case nil: (0, 0)
    case .success: (1, 0)
    case .failure: (1, 1)
    }
  }

  /// After a step, with what all ranks voted after the one before; alone, without votes.
  ///
  /// - Throws: on all ranks, when one of them could not write.
  func advance(_ votes: Votes? = nil) throws {
    guard task != nil else { return }
    let votes = votes ?? (world == nil ? vote : (0, 0))
    if votes.failed > 0 {
      pace.cancel()
      try settle()
    } else if votes.done == world?.size ?? 1 {
      try settle()
    }
  }

  /// Waits until the checkpoint under way is whole, at the disk's own pace.
  func finish() throws {
    pace.hurry()
    while task != nil { try settle() }
  }

  /// Ends the phase under way on all ranks, and begins the next.
  private func settle() throws {
    guard let task, let phase = phases.first else { return }
    let result = task.wait()
    do {
      let said = try world.map { try $0.outcomes(phase.what, result) } ?? [result.get()]
      phases.removeFirst()
      next(said)
      if self.task == nil { ended(said) }
    } catch {
      end()
      discard()
      throw error
    }
  }

  /// The training ends by an error: alone it completes what it had begun; one of several ranks gives it up, because the others
  /// may not get here.
  func close() {
    guard isBusy else { return }
    if world == nil {
      try? finish()
    } else {
      pace.cancel()
      _ = task?.wait()
    }
    end()
  }

  private func end() {
    task = nil
    phases = []
  }
}
