import Environment
import Foundation
import Sparse
import Torch
import TorchDistributed

/// Writes what a run measures for Prometheus: a text file, replaced whole, that the node exporter's textfile collector reads.
///
/// A file needs no port, no server in the training loop, and stays behind a process that was killed: its age tells.
public final class MetricsFile: TrainingObserver {
  private let path: String
  private let run: RunDirectory
  private let model: String
  private let next: (any TrainingObserver)?
  private let interval: Double
  private let now: () -> Double
  private var written = -Double.infinity
  private var device = ""
  private var tables: [(table: String, bytes: Int)] = []
  private var progress: TrainingProgress?
  private var step: Int?
  private var samples = 0
  private var batch = 0
  private var validation: [(name: String, value: Double)] = []
  private var isRunning = false
  private var exchange = (at: 0.0, waited: 0.0, ratio: 0.0)
  /// Told once: a training does not end because nobody can read how it goes.
  private var hasFailed = false

  /// - Parameters:
  ///   - path: ends with `.prom`, as the node exporter asks for.
  ///   - next: is told of everything too.
  ///   - interval: seconds between two writings at least.
  ///   - now: seconds since 1970.
  /// - Throws: `FileError` where the file can't be written.
  public init(
    _ path: String, run: RunDirectory, model: String, next: (any TrainingObserver)? = nil, interval: Double = 5,
    now: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) throws {
    self.path = path
    self.run = run
    self.model = model
    self.next = next
    self.interval = interval
    self.now = now
    exchange = (now(), ExchangeClock.seconds, 0)
    try AtomicFile.write(text, to: path)
  }

  public func featuresFitted(_ done: Double) { next?.featuresFitted(done) }

  public func memoryPlanned(_ plan: EmbeddingPlan, _ demands: [EmbeddingPlan.Demand]) {
    tables = plan.lines.map { ($0.table, $0.totalBytes) }
    next?.memoryPlanned(plan, demands)
  }

  public func trainingBegan(_ plan: TrainingPlan) {
    (device, batch, isRunning) = (plan.device, plan.batch, true)
    write()
    next?.trainingBegan(plan)
  }

  public func trainingAdvanced(_ progress: TrainingProgress) {
    self.progress = progress
    step = progress.step
    // Near enough between two epochs, whose last batch may be smaller; what is told never falls.
    samples = max(samples, progress.step * batch)
    if now() - written >= interval { write() }
    next?.trainingAdvanced(progress)
  }

  public func validated(_ summary: ValidationSummary) {
    validation = summary.result.metrics
    write()
    next?.validated(summary)
  }

  public func epochEnded(_ summary: EpochSummary) {
    if let found = summary.validation { validation = found.metrics }
    step = summary.step
    write()
    next?.epochEnded(summary)
  }

  public func noted(_ text: String) { next?.noted(text) }

  public func trainingEnded(_ outcome: TrainingOutcome) {
    isRunning = false
    step = outcome.state.step
    samples = max(samples, outcome.state.samples)
    write()
    next?.trainingEnded(outcome)
  }

  private func write() {
    written = now()
    let (passed, waited) = (written - exchange.at, ExchangeClock.seconds)
    if passed > 0 { exchange = (written, waited, min(1, max(0, (waited - exchange.waited) / passed))) }
    do {
      try AtomicFile.write(text, to: path)
      hasFailed = false
    } catch {
      if !hasFailed { next?.noted("metrics: \(error)") }
      hasFailed = true
    }
  }

  /// What stands in the file now.
  public var text: String {
    let own = [("run", PathText.name(of: run.path))]
    var text = MetricsText()
    func gauge(_ name: String, _ help: String, _ value: Double?) {
      guard let value else { return }
      text.gauge("swiftrec_training_\(name)", help, [(own, value)])
    }
    text.gauge(
      "swiftrec_training_info", "The training by its run, with its model and device.",
      [(own + [("model", model), ("device", device)], 1)])
    gauge("running", "1 while it trains, 0 before and after.", isRunning ? 1 : 0)
    gauge("updated_timestamp_seconds", "When this was written.", now())
    text.counter("swiftrec_training_samples_total", "Rows that were learnt from.", [(own, Double(samples))])
    gauge("step", "Steps taken.", step.map(Double.init))
    gauge("epoch", "The epoch it is in, from 1.", progress.map { Double($0.epoch + 1) })
    gauge("samples_per_second", "Rows a second in this epoch.", progress?.samplesPerSecond)
    gauge("loader_wait_ratio", "The part of the time spent waiting for batches.", progress?.loaderWait)
    gauge("exchange_wait_ratio", "The part of the time the first rank waits for collectives.", exchange.ratio)
    gauge("loss", "Mean over this epoch so far.", progress?.loss)
    gauge("learning_rate", "Of the optimiser.", progress?.learningRate)
    gauge("seconds_left", "To the end of the last epoch at this pace.", progress?.secondsLeft)
    let metrics =
      (progress?.window ?? []).map { (own + [("metric", $0.name), ("part", "train")], $0.value) }
      + validation.map { (own + [("metric", $0.name), ("part", "validation")], $0.value) }
    text.gauge("swiftrec_training_metric", "auc, ndcg@10, ...: of the last batches, or the last validation.", metrics)
    text.gauge(
      "swiftrec_training_table_bytes", "What an embedding table takes with the state of its optimiser.",
      tables.map { (own + [("table", $0.table)], Double($0.bytes)) })
    gauge("resident_bytes", "Memory of the process.", Self.residentBytes)
    gauge("checkpoint_timestamp_seconds", "When the last checkpoint was written.", checkpointTime)
    return text.text
  }

  private var checkpointTime: Double? {
    var facts = stat()
    guard stat(run.lastCheckpoint, &facts) == 0 else { return nil }
    return Double(facts.st_mtim.tv_sec) + Double(facts.st_mtim.tv_nsec) * 1e-9
  }

  private static var residentBytes: Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pages = text.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    else { return nil }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }
}
