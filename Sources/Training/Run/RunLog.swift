import Foundation
import Torch

/// Writes what a run measures to `metrics.jsonl` and to TensorBoard.
final class RunLog {
  private let lines: AppendingFile
  private let board: TensorBoardWriter

  /// - Parameter resumingAt: the step of the checkpoint that the run continues from; what was written beyond it is dropped.
  init(_ run: RunDirectory, resumingAt step: Int?) throws {
    try Self.truncate(run.metricsFile, to: step ?? 0)
    lines = try AppendingFile(run.metricsFile)
    board = try TensorBoardWriter(folder: run.path, resumingAt: step.map { $0 + 1 })
  }

  func writeFirstStep(_ step: Int, seconds: Double?) throws {
    guard let seconds else { return }
    try append([
      ("kind", .text("start")), ("step", .integer(step)), ("seconds_since_process_start", .number(seconds)),
    ])
  }

  /// - Parameter window: metrics over the last training batches.
  func write(
    step: Int, loss: Double, learningRate: Double, samplesPerSecond: Double,
    window: [(name: String, value: Double)] = []
  ) throws {
    try append(
      [
        ("kind", .text("step")), ("step", .integer(step)), ("loss", .number(loss)), ("lr", .number(learningRate)),
        ("samples_per_second", .number(samplesPerSecond)),
      ] + window.map { ($0.name, .number($0.value)) })
    try board.add(
      [("train/loss", loss), ("train/lr", learningRate), ("train/samples_per_second", samplesPerSecond)]
        + window.map { ("train/\($0.name)", $0.value) }, step: step)
  }

  func write(_ summary: EpochSummary) throws {
    var pairs: [(String, JSONText)] = [
      ("kind", .text("epoch")), ("epoch", .integer(summary.epoch + 1)), ("step", .integer(summary.step)),
      ("loss", .number(summary.loss)), ("lr", .number(summary.learningRate)), ("seconds", .number(summary.seconds)),
      ("samples_per_second", .number(summary.samplesPerSecond)), ("loader_wait", .number(summary.loaderWait)),
    ]
    if summary.skippedRows > 0 { pairs.append(("skipped_rows", .integer(summary.skippedRows))) }
    var scalars: [(tag: String, value: Double)] = [
      ("epoch/loss", summary.loss), ("epoch/samples_per_second", summary.samplesPerSecond),
      ("epoch/loader_wait", summary.loaderWait),
    ]
    if let validation = summary.validation {
      pairs.append(("validation", .object(validation.metrics.map { ($0.name, .number($0.value)) })))
      pairs.append(("validation_seconds", .number(validation.seconds)))
      pairs.append(("is_best", .boolean(summary.isBest)))
      scalars += validation.metrics.map { (tag: "validation/\($0.name)", value: $0.value) }
    }
    try append(pairs)
    try board.add(scalars, step: summary.step)
  }

  /// Of a validation inside an epoch.
  func write(_ summary: ValidationSummary) throws {
    try append([
      ("kind", .text("validation")), ("epoch", .integer(summary.epoch + 1)), ("step", .integer(summary.step)),
      ("validation", .object(summary.result.metrics.map { ($0.name, .number($0.value)) })),
      ("validation_seconds", .number(summary.result.seconds)), ("is_best", .boolean(summary.isBest)),
    ])
    try board.add(
      summary.result.metrics.map { (tag: "validation/\($0.name)", value: $0.value) }, step: summary.step)
  }

  /// Writes down what the best weights of a run reach on its test part, in the place of what was written about it before.
  static func write(test result: EvaluationResult, step: Int, to run: RunDirectory) throws {
    try truncate(run.metricsFile, to: step)
    let line = JSONText.object([
      ("kind", .text("test")), ("step", .integer(step)),
      ("test", .object(result.metrics.map { ($0.name, .number($0.value)) })),
      ("test_seconds", .number(result.seconds)),
    ])
    try AppendingFile(run.metricsFile).append(Array((line.description + "\n").utf8))
  }

  private func append(_ pairs: [(String, JSONText)]) throws {
    try lines.append(Array((JSONText.object(pairs).description + "\n").utf8))
  }

  private struct Line: Decodable {
    var kind: String
    var step: Int
  }

  /// Drops lines beyond `step`, what the test part gave, which is measured anew, and a last line that a kill cut off.
  static func truncate(_ path: String, to step: Int) throws {
    guard let data = FileManager.default.contents(atPath: path) else { return }
    let decoder = JSONDecoder()
    var kept = Data()
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: 0x0A) {
      if let line = try? decoder.decode(Line.self, from: data[start..<end]), line.step <= step, line.kind != "test" {
        kept.append(data[start...end])
      }
      start = data.index(after: end)
    }
    if kept.count != data.count { try AtomicFile.write(kept, to: path) }
  }
}

extension RunDirectory {
  /// Keeps what the weights that the run answers from reach on its test part, so that a package of it tells the same.
  ///
  /// - Throws: `RunError` for a run without a checkpoint.
  package func keep(test result: EvaluationResult) throws {
    try RunLog.write(test: result, step: try state().step, to: self)
  }
}
