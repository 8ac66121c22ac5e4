import Environment
import Foundation
import Sparse

/// Shows a run on standard error: a bar that redraws itself on a terminal, plain lines anywhere else.
public final class ProgressReporter: TrainingObserver {
  private let isTerminal: Bool
  private let write: (String) -> Void
  private var lastPlain = ProcessClock.now
  private var isBarDrawn = false
  /// What ``advanced(_:_:)`` shows, and since when.
  private var work: (name: String, start: Double)?

  /// - Parameters:
  ///   - isTerminal: whether a bar may be drawn; by default whether standard error is a terminal.
  ///   - write: gets the text as it is.
  public init(
    isTerminal: Bool = isatty(STDERR_FILENO) == 1,
    write: @escaping (String) -> Void = { FileHandle.standardError.write(Data($0.utf8)) }
  ) {
    self.isTerminal = isTerminal
    self.write = write
  }

  public func featuresFitted(_ done: Double) { advanced("features: training rows read", done) }

  /// Shows how much of a piece of work before or beside a training is done, 0 to 1.
  public func advanced(_ work: String, _ done: Double) {
    if work != self.work?.name { self.work = (work, ProcessClock.now) }
    let passed = ProcessClock.now - (self.work?.start ?? ProcessClock.now)
    let left = done > 0 ? passed * (1 - done) / done : .nan
    show("\(work)  \(Int(done * 100)) %  ETA \(Self.duration(left))", done)
  }

  /// Wipes the bar of a piece of work that is over.
  public func ended() {
    if isBarDrawn { write("\r\u{1B}[K") }
    isBarDrawn = false
  }

  /// A bar on a terminal, a line every ten seconds anywhere else.
  private func show(_ text: String, _ done: Double) {
    if isTerminal {
      let filled = min(20, max(0, Int(done * 20)))
      let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
      write("\r\u{1B}[K\(bar) \(text)")
      isBarDrawn = true
    } else if ProcessClock.now - lastPlain >= 10 {
      line(text)
    }
  }

  public func memoryPlanned(_ plan: EmbeddingPlan, _ demands: [EmbeddingPlan.Demand]) {
    for text in plan.summary { line("memory: \(text)") }
    for demand in demands where demand.needed > 0 { line("memory: \(demand.description)") }
  }

  public func trainingBegan(_ plan: TrainingPlan) {
    var parts = ["\(plan.model): \(plan.parameterCount) parameters"]
    if let rows = plan.trainRows { parts.append("\(rows) training rows") }
    let epochs = plan.epochs == 1 ? "1 epoch" : "\(plan.epochs) epochs"
    parts.append(epochs + (plan.batchesPerEpoch.map { " of \($0) batches" } ?? "") + " on \(plan.device)")
    line(parts.joined(separator: ", "))
    if plan.step > 0 { line("resumed after step \(plan.step), in epoch \(plan.epoch + 1) at batch \(plan.batch)") }
  }

  public func noted(_ text: String) { line("note: \(text)") }

  public func trainingAdvanced(_ progress: TrainingProgress) {
    show(Self.describe(progress), Double(progress.batch) / Double(max(1, progress.batchesPerEpoch ?? .max)))
  }

  public func validated(_ summary: ValidationSummary) {
    var parts = ["epoch \(summary.epoch + 1)/\(summary.epochs)", "step \(summary.step)"]
    parts += Self.describe(summary.result, summary.metric, isBest: summary.isBest)
    parts.append(String(format: "%.1f s", summary.result.seconds))
    line(parts.joined(separator: "  "))
  }

  public func epochEnded(_ summary: EpochSummary) {
    var parts = ["epoch \(summary.epoch + 1)/\(summary.epochs)"]
    if summary.step > 0 {
      parts += [
        "loss \(Self.short(summary.loss))", "lr \(Self.short(summary.learningRate))",
        "\(Self.count(summary.samplesPerSecond)) samples/s",
        "loader wait \(Int((summary.loaderWait * 100).rounded())) %",
      ]
    }
    if summary.skippedRows > 0 { parts.append("\(summary.skippedRows) faulty rows skipped") }
    if let gpu = summary.gpu { parts.append(Self.describe(gpu)) }
    if let validation = summary.validation {
      parts += Self.describe(validation, summary.metric, isBest: summary.isBest)
    }
    parts.append(String(format: "%.1f s", summary.seconds))
    if summary.secondsLeft >= 1 { parts.append("ETA \(Self.duration(summary.secondsLeft))") }
    line(parts.joined(separator: "  "))
  }

  public func trainingEnded(_ outcome: TrainingOutcome) {
    let state = outcome.state
    let best = state.bestEpoch.map { epoch in
      ", best epoch \(epoch + 1)" + (state.validatedStep == nil ? "" : state.bestStep.map { " at step \($0)" } ?? "")
        + (state.bestValue.map { " with \(state.metric) \(String(format: "%.4f", $0))" } ?? "")
    }
    switch outcome.ending {
    case .finished, .stoppedEarly:
      let how = outcome.ending == .stoppedEarly || state.stoppedEarly == true ? "stopped early" : "finished"
      let pace = state.step > 0 ? " at \(Self.count(outcome.samplesPerSecond)) samples/s" : ""
      line("\(how): \(state.step) steps in \(String(format: "%.1f", state.seconds)) s\(pace)\(best ?? "")")
    case .interrupted: line("interrupted after step \(state.step)")
    }
  }

  // MARK: Text

  private func line(_ text: String) {
    write((isBarDrawn ? "\r\u{1B}[K" : "") + text + "\n")
    isBarDrawn = false
    lastPlain = ProcessClock.now
  }

  private static func describe(_ progress: TrainingProgress) -> String {
    var parts = [
      "epoch \(progress.epoch + 1)/\(progress.epochs)",
      progress.batchesPerEpoch.map { "\(progress.batch)/\($0)" } ?? "batch \(progress.batch)",
      "loss \(short(progress.loss))",
    ]
    parts += progress.window.map { "\($0.name) \(String(format: "%.4f", $0.value))" }
    parts += [
      "lr \(short(progress.learningRate))", "\(count(progress.samplesPerSecond)) samples/s",
      "wait \(Int((progress.loaderWait * 100).rounded())) %",
    ]
    if let gpu = progress.gpu { parts.append(describe(gpu)) }
    parts.append("ETA \(duration(progress.secondsLeft))")
    return parts.joined(separator: "  ")
  }

  /// `validation auc 0.7701 of 0.7849 *`: what was reached, of what can be where that is known, and whether it is the best so far.
  private static func describe(_ result: EvaluationResult, _ metric: String, isBest: Bool) -> [String] {
    guard let value = result[metric] else { return [] }
    let ceiling = result["\(metric)_ceiling"].map { String(format: " of %.4f", $0) } ?? ""
    return ["validation \(metric) \(String(format: "%.4f", value))\(ceiling)\(isBest ? " *" : "")"]
  }

  private static func describe(_ gpu: GPUUsage) -> String {
    String(
      format: "GPU %d %% %.1f/%.0f GiB", gpu.utilisation, Double(gpu.memoryUsed) / 1_073_741_824,
      Double(gpu.memoryTotal) / 1_073_741_824)
  }

  static func short(_ value: Double) -> String { String(format: "%.4g", value) }

  static func count(_ value: Double) -> String {
    switch value {
    case 1e6...: String(format: "%.2fM", value / 1e6)
    case 1e4...: String(format: "%.0fk", value / 1e3)
    default: String(format: "%.0f", value)
    }
  }

  static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e8 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600):" + String(format: "%02d:%02d", whole / 60 % 60, whole % 60) }
    return String(format: "%d:%02d", whole / 60, whole % 60)
  }
}
