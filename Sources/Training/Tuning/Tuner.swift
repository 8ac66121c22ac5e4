import Features
import Foundation
import Torch

/// Searches for the settings that validate best: random search, or successive halving over it.
///
/// ```
/// OUT/tune.json            where the search stands
/// OUT/trials/007/          the run of trial 7, as `train` makes it
/// OUT/best.yaml            the best configuration, to be trained by `swiftrec train`
/// ```
/// The same seed gives the same trials, and a search that was killed and resumed ends as one that never was.
public final class Tuner {
  /// How a search ended.
  public struct Outcome: Sendable {
    public var state: TuningState
    /// The signal that ended it before its time.
    public var signal: Int32?
    /// Where the best configuration lies; nil after a signal.
    public var bestFile: String?
  }

  public let path: String
  /// Gets a line after each training.
  public var note: (String) -> Void = { _ in }
  private let source: ConfigurationSource
  private let base: RunConfiguration
  private let plan: TuningPlan
  private let configurations: [RunConfiguration]
  /// Where the search stands.
  public private(set) var state: TuningState
  /// The device that the trials train on, as the configuration writes it.
  public var device: String { base.device }
  /// The last pipeline that was fitted, with what it was fitted for: trials share it.
  private var fitted: (data: RankingDataConfiguration, pipeline: FeaturePipeline)?

  private var stateFile: String { "\(path)/tune.json" }
  private func run(_ trial: TuningState.Trial) -> RunDirectory {
    RunDirectory("\(path)/trials/\(String(format: "%03d", trial.number))")
  }

  /// Draws the trials, and reads the configuration of each.
  ///
  /// - Parameters:
  ///   - configuration: a YAML file that `train` takes.
  ///   - trials: how many to draw; a small space may not have so many.
  ///   - resumes: whether a search that is there is to be continued.
  /// - Throws: `ConfigurationError` with the faults of the file, and of every drawn value at its place in the space; `RunError` when
  ///   something is at `path` and `resumes` is false, or when it is another search.
  public init(
    _ configuration: String, overrides: [String] = [], options: [(text: String, place: String)] = [],
    space: TuningSpace, trials: Int, method: TuningPlan.Method = .halving, eta: Int = 3, seed: UInt64 = 1, path: String,
    resumes: Bool = false
  ) throws {
    self.path = path
    let source = try ConfigurationSource(path: configuration, overrides: overrides, options: options)
    let base = try RunConfiguration(source)
    let settings = space.draw(trials, seed: seed)
    (self.source, self.base) = (source, base)
    configurations = try Self.configurations(source, space, settings)
    plan = TuningPlan(method, trials: settings.count, loop: base.loop, eta: eta)
    state = TuningState(
      configuration: base.yaml, space: space.text, method: method, eta: eta, seed: seed,
      metric: base.loop.earlyStopping.metric,
      trials: settings.enumerated().map { TuningState.Trial(number: $0.offset + 1, settings: $0.element) })
    if let fault = try Self.fault(of: base) {
      throw ConfigurationError([
        ConfigurationFault(
          place: configuration, key: fault.key, received: fault.received,
          expected: "\(fault.expected): trials are compared by their validation", remedy: fault.remedy)
      ])
    }
    try admit(resumes: resumes)
  }

  /// Why trials of a configuration can't be compared.
  private static func fault(
    of base: RunConfiguration
  ) throws -> (key: String, received: String, expected: String, remedy: String)? {
    if base.loop.epochs == 0 { return ("train.epochs", "0", "1 or more", "leave it out") }
    if base.loop.validateEvery == 0 { return ("train.validate_every", "0", "1 or more", "leave it out") }
    switch base {
    case .recommender(let configuration):
      return configuration.data.hasValidation ? nil : ("data.validation", "false", "true", "leave it out")
    case .ranker(let configuration):
      guard try configuration.data.dataset().validation == nil else { return nil }
      return ("data.validation", "nothing", "rows to validate on", "name their files: `validation: day_1.tsv`")
    }
  }

  /// Every trial's configuration.
  private static func configurations(
    _ source: ConfigurationSource, _ space: TuningSpace, _ settings: [TuningSettings]
  ) throws -> [RunConfiguration] {
    var faults: [ConfigurationFault] = []
    var found: [RunConfiguration] = []
    for settings in settings {
      var root = source.root
      do {
        for (dimension, value) in zip(space.dimensions, settings.values) {
          try root.apply(override: "\(value.key)=\(value.value)", place: dimension.place)
        }
        found.append(try RunConfiguration(ConfigurationSource(name: source.name, root: root)))
      } catch let error as ConfigurationError {
        // The same key is wrong in most trials: say it once.
        faults += error.faults.filter { new in !faults.contains { $0.key == new.key && $0.place == new.place } }
      }
    }
    guard faults.isEmpty else { throw ConfigurationError(faults) }
    return found
  }

  private func admit(resumes: Bool) throws {
    let folder = RunDirectory(path)
    guard folder.exists else { return }
    guard resumes else {
      throw RunError(
        .exists, path: path, received: "something is there already",
        remedy: "add --resume to continue that search, choose another folder with --out, or delete it")
    }
    folder.removeLeftovers()
    let before = try TuningState.load(stateFile)
    var fresh = before
    fresh.best = nil
    fresh.trials = before.trials.map { TuningState.Trial(number: $0.number, settings: $0.settings) }
    guard fresh == state else {
      throw RunError(
        .mismatch, path: stateFile,
        received: "a search over another configuration, space, method, seed or number of trials",
        remedy: "resume with what it was begun with, or choose another folder with --out")
    }
    state = before
  }

  // MARK: The search

  /// Trains all trials that are not trained yet, rung by rung, and writes the best configuration.
  ///
  /// - Throws: what a training throws; a loss that is no number only fails its trial.
  public func search() throws -> Outcome {
    do {
      try FileManager.default.createDirectory(atPath: "\(path)/trials", withIntermediateDirectories: true)
    } catch {
      throw RunError(
        .io, path: path, received: "the folder cannot be made (\((error as NSError).localizedDescription))",
        remedy: "choose a folder that you may write to with --out")
    }
    try state.save(stateFile)
    let isLowerBetter = base.loop.earlyStopping.isLowerBetter
    var chosen = state.trials.map(\.number)
    for (index, rung) in plan.rungs.enumerated() {
      if index > 0 {
        let ranked = state.ranked(rung: index - 1, isLowerBetter: isLowerBetter)
        // A failed trial does not go on, even where there is room.
        chosen = ranked.filter { $0.values[index - 1] != nil }.prefix(rung.trials).map(\.number).sorted()
        for trial in ranked where !chosen.contains(trial.number) { dropCheckpoints(of: trial) }
      }
      for number in chosen where state.trials[number - 1].values.count <= index {
        if let signal = try train(number, rung: index) { return Outcome(state: state, signal: signal) }
      }
    }
    return try finish(isLowerBetter)
  }

  /// Trains one trial to the end of a rung.
  ///
  /// - Returns: the signal that ended it before that.
  private func train(_ number: Int, rung: Int) throws -> Int32? {
    var trial = state.trials[number - 1]
    let budget = plan.rungs[rung].budget
    var configuration = configurations[number - 1]
    // A decay is laid out over the whole training, however far this rung goes.
    configuration.loop.schedule.length = configuration.loop.schedule.length ?? configuration.loop.epochs
    if plan.resource == .epochs { configuration.loop.epochs = budget } else { configuration.loop.maxSteps = budget }
    do {
      let outcome = try train(configuration, run(trial))
      if case .interrupted(let signal) = outcome.ending { return signal }
      trial.values.append(outcome.state.bestValue)
      trial.epochs = outcome.state.epoch
      trial.steps = outcome.state.step
      trial.seconds = outcome.state.seconds
    } catch let error as TrainingError where error.code == .diverged {
      trial.values.append(nil)
      trial.failure = error.message
    }
    state.trials[number - 1] = trial
    try state.save(stateFile)
    let value =
      trial.value.map { "\(state.metric) \(String(format: "%.4f", $0))" } ?? "failed: \(trial.failure ?? "")"
    note("round \(rung + 1)/\(plan.rungs.count), trial \(number): \(trial.settings)  \(value)")
    return nil
  }

  private func train(_ configuration: RunConfiguration, _ run: RunDirectory) throws -> TrainingOutcome {
    switch configuration {
    case .recommender(let configuration):
      return try TrainingJob(configuration, run: run, resumes: true).train()
    case .ranker(let configuration):
      var job = RankingJob(configuration, run: run, resumes: true)
      job.measuresTest = false
      if fitted?.data != configuration.data {
        fitted = (configuration.data, try RankingData(configuration).pipeline)
      }
      job.pipeline = fitted?.pipeline
      return try job.train().training
    }
  }

  private func finish(_ isLowerBetter: Bool) throws -> Outcome {
    let last = plan.rungs.count - 1
    let ranked = state.ranked(rung: last, isLowerBetter: isLowerBetter)
    guard let best = ranked.first(where: { $0.value != nil }) else {
      throw TrainingError(
        .diverged, "tune: every trial failed, the first one so: \(state.trials.first?.failure ?? ""); narrow the space")
    }
    for trial in ranked where trial.number != best.number { dropCheckpoints(of: trial) }
    let file = "\(path)/best.yaml"
    try AtomicFile.write(configurations[best.number - 1].yaml, to: file)
    state.best = best.number
    try state.save(stateFile)
    return Outcome(state: state, bestFile: file)
  }

  /// Tables are large, and a trial that is out never goes on.
  private func dropCheckpoints(of trial: TuningState.Trial) {
    let run = run(trial)
    for file in run.checkpoints.candidates + [run.bestCheckpoint] { try? FileManager.default.removeItem(atPath: file) }
  }
}
