import Sparse
import Training

/// What a training says of itself, as JSON: `{"event": "epoch", ...}`.
enum TrainingEvent {
  static func features(_ done: Double) -> JSONText { event("features", [("done", .number(done))]) }

  static func note(_ text: String) -> JSONText { event("note", [("text", .text(text))]) }

  static func memory(_ plan: EmbeddingPlan) -> JSONText {
    event("memory", [("bytes", .integer(plan.bytes)), ("state_bytes", .integer(plan.stateBytes))])
  }

  static func began(_ plan: TrainingPlan) -> JSONText {
    event(
      "began",
      [
        ("model", .text(plan.model)), ("parameters", .integer(plan.parameterCount)),
        ("rows", plan.trainRows.map(JSONText.integer) ?? .null),
        ("batches_per_epoch", plan.batchesPerEpoch.map(JSONText.integer) ?? .null), ("epochs", .integer(plan.epochs)),
        ("step", .integer(plan.step)), ("device", .text(plan.device)),
      ])
  }

  static func progress(_ progress: TrainingProgress) -> JSONText {
    event(
      "progress",
      [
        ("epoch", .integer(progress.epoch + 1)), ("epochs", .integer(progress.epochs)),
        ("batch", .integer(progress.batch)),
        ("batches_per_epoch", progress.batchesPerEpoch.map(JSONText.integer) ?? .null),
        ("step", .integer(progress.step)), ("loss", .number(progress.loss)),
        ("learning_rate", .number(progress.learningRate)), ("samples_per_second", .number(progress.samplesPerSecond)),
        ("seconds_left", .number(progress.secondsLeft)), ("metrics", metrics(progress.window)),
      ])
  }

  static func epoch(_ summary: EpochSummary) -> JSONText {
    event(
      "epoch",
      [
        ("epoch", .integer(summary.epoch + 1)), ("epochs", .integer(summary.epochs)), ("step", .integer(summary.step)),
        ("loss", .number(summary.loss)), ("learning_rate", .number(summary.learningRate)),
        ("samples_per_second", .number(summary.samplesPerSecond)), ("seconds", .number(summary.seconds)),
        ("skipped_rows", .integer(summary.skippedRows)),
        ("validation", summary.validation.map { metrics($0.metrics) } ?? .null), ("metric", .text(summary.metric)),
        ("is_best", .boolean(summary.isBest)),
      ])
  }

  static func ended(_ outcome: TrainingOutcome, test: EvaluationResult?, run: RunDirectory) -> JSONText {
    let ending =
      switch outcome.ending {
      case .finished: "finished"
      case .stoppedEarly: "stopped early"
      case .interrupted: "interrupted"
      }
    return event(
      "ended",
      [
        ("ending", .text(ending)), ("step", .integer(outcome.state.step)), ("epoch", .integer(outcome.state.epoch)),
        ("seconds", .number(outcome.state.seconds)), ("samples_per_second", .number(outcome.samplesPerSecond)),
        ("best_epoch", outcome.state.bestEpoch.map { .integer($0 + 1) } ?? .null),
        ("test", test.map(\.json) ?? .null), ("run", .text(run.path)),
      ])
  }

  private static func event(_ name: String, _ pairs: [(String, JSONText)]) -> JSONText {
    .object([("event", .text(name))] + pairs)
  }

  private static func metrics(_ values: [(name: String, value: Double)]) -> JSONText {
    .object(values.map { ($0.name, .number($0.value)) })
  }
}
