import Features
import Foundation
import Registry
import Torch
import Training

/// Runs the steps that bring new data to users: only what is better gets there.
///
/// ```
/// FOLDER/state.json            where it stands, written whole after each step
/// FOLDER/lock                  held by the process that is at work
/// FOLDER/datasets/VERSION.json         the manifest of a dataset version
/// FOLDER/datasets/VERSION.profile.json what its columns looked like
/// FOLDER/datasets/accepted     the version that passed validation last
/// FOLDER/runs/7/               the seventh run: its training, its package, a log a step
/// ```
public final class Pipeline {
  /// Where a run begins.
  public enum Start: Sendable, Equatable {
    case anew
    /// With the first step of the last run that is not over.
    case resume
    /// With a step of the last run, which is done anew.
    case from(PipelineStep)
    /// One step of the last run; of a new run for `ingest`.
    case only(PipelineStep)
  }

  public let configuration: PipelineConfiguration
  public internal(set) var state = PipelineState()
  let surroundings: Surroundings
  let note: (String) -> Void
  let acceptsDrift: Bool

  /// - Parameters:
  ///   - acceptsDrift: whether data of another volume or shape than before is taken this once.
  ///   - note: gets a line about each step.
  public init(
    _ configuration: PipelineConfiguration, _ surroundings: Surroundings, acceptsDrift: Bool = false,
    note: @escaping (String) -> Void = { _ in }
  ) {
    self.configuration = configuration
    self.surroundings = surroundings
    self.acceptsDrift = acceptsDrift
    self.note = note
  }

  var stateFile: String { "\(configuration.folder)/state.json" }
  var runFolder: String { "\(configuration.folder)/runs/\(state.run)" }
  var trainingFolder: String { "\(runFolder)/run" }
  var packageFolder: String { "\(runFolder)/package" }
  func datasetFile(_ version: String) -> String { "\(configuration.folder)/datasets/\(version).json" }
  func profileFile(_ version: String) -> String { "\(configuration.folder)/datasets/\(version).profile.json" }
  var acceptedFile: String { "\(configuration.folder)/datasets/accepted" }

  /// Where the pipeline in a folder stands; nil where it never ran.
  public static func state(in folder: String) throws -> PipelineState? {
    try PipelineState.load("\(folder)/state.json")
  }

  /// Runs the steps.
  ///
  /// - Returns: how it ended; for a single step also an outcome of nil, where the run is not over.
  /// - Throws: `PipelineError` and others for what keeps it from beginning: another run at work, a step that lacks what is before it.
  ///   What goes wrong in a step does not come out here, it is in `failure`.
  @discardableResult
  public func run(_ start: Start = .anew) throws -> PipelineState {
    failure = nil
    do {
      try FileManager.default.createDirectory(
        atPath: "\(configuration.folder)/datasets", withIntermediateDirectories: true)
    } catch {
      throw PipelineError(
        .failed, configuration.folder,
        received: "the folder can't be made (\((error as NSError).localizedDescription))",
        remedy: "choose one that you may write to with `folder:`")
    }
    let lock = try locked()
    defer { withExtendedLifetime(lock) {} }
    let steps = try begin(start)
    try FileManager.default.createDirectory(atPath: runFolder, withIntermediateDirectories: true)
    var isSingle = false
    if case .only = start { isSingle = true }
    for step in steps {
      if state.outcome != nil, step < .notify {
        skip(step)
        try state.save(stateFile)
        continue
      }
      try perform(step)
      if failure != nil {
        if !isSingle { try perform(.notify) }
        break
      }
    }
    return state
  }

  /// What ended the last run; nil where nothing went wrong.
  public private(set) var failure: (any Error)?

  /// Lets one process work on a pipeline at a time.
  ///
  /// - Throws: `PipelineError` with who is at work.
  private func locked() throws -> FileLock {
    let path = "\(configuration.folder)/lock"
    guard let lock = try FileLock(tryFor: .alone, path) else {
      let holder = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").first.map(String.init)
      throw PipelineError(
        .busy, configuration.folder, received: "another run is at work (\(holder ?? "it says not who"))",
        remedy: "wait for it, or end that process; two runs of one pipeline would overwrite each other")
    }
    lock.write("process \(getpid()) since \(Date().ISO8601Format())\n")
    return lock
  }

  // MARK: Steps

  private func begin(_ start: Start) throws -> [PipelineStep] {
    let last = try PipelineState.load(stateFile)
    let first: PipelineStep
    switch start {
    case .anew, .from(.ingest), .only(.ingest): first = .ingest
    case .resume:
      guard let next = last?.next else {
        throw PipelineError(
          .missing, configuration.folder, received: last == nil ? "no run to go on with" : "a run that is over",
          remedy: "begin one: swiftrec pipeline run without --resume")
      }
      first = next
    case .from(let step), .only(let step): first = step
    }
    let steps: [PipelineStep]
    if case .only = start { steps = [first] } else { steps = PipelineStep.allCases.filter { $0 >= first } }
    guard first > .ingest else {
      if let last, last.outcome == nil, last.run > 0 {
        note(
          "run \(last.run) ended without a word\(last.current.map { " in \($0.rawValue)" } ?? ""); this is another one")
      }
      state = PipelineState()
      state.run = (last?.run ?? 0) + 1
      state.canary = last?.canary
      state.began = stamp()
      withdrawCanary("run \(state.run) begins")
      return steps
    }
    guard let last else {
      throw PipelineError(
        .missing, configuration.folder, received: "no run whose \(first.rawValue) could be done",
        remedy: "begin one: swiftrec pipeline run")
    }
    state = last
    for step in first.before where first < .notify && !last.isOver(step) {
      throw PipelineError(
        .missing, "step \(first.rawValue)", received: "\(step.rawValue) of run \(last.run) is not done",
        remedy: "begin there: --from \(step.rawValue)")
    }
    if first < .notify {
      try requireOutputs(before: first)
      state.forget(from: first)
      // What was decided before that step stands: it is not better, for one.
      if state.isBetter == false { decide(.kept, .compare, last.reason) }
    } else {
      // A scheduler asks for it at the end of a day without new data too.
      if case .only = start, state.isTold {
        note("notify    run \(state.run) is told already")
        return []
      }
      state.records.removeAll { $0.step == .notify }
      if state.outcome == nil {
        // Each step by a process of its own, as in Airflow: the one that was killed could not say so.
        let step = state.current ?? state.next ?? .ingest
        withdrawCanary("\(step.rawValue) was killed")
        decide(.failed, step, "step \(step.rawValue) was killed or never ran")
      }
    }
    return steps
  }

  /// - Throws: `PipelineError` where what an earlier step left has changed.
  private func requireOutputs(before step: PipelineStep) throws {
    for record in state.records where record.step < step {
      for (path, digest) in record.outputs.sorted(by: { $0.key < $1.key }) {
        guard (try? Checksum.sha256(ofFile: path)) == digest else {
          throw PipelineError(
            .changed, path, received: "not as step \(record.step.rawValue) of run \(state.run) left it",
            remedy: "do that step again: --from \(record.step.rawValue)")
        }
      }
    }
  }

  /// Does a step and writes down what came of it. A fault ends the run: the champion stays, the canary is taken back.
  private func perform(_ step: PipelineStep) throws {
    state.records.removeAll { $0.step == step }
    state.current = step
    try state.save(stateFile)
    let (began, start) = (stamp(), surroundings.now())
    func record(_ status: PipelineState.Record.Status, _ said: String, _ outputs: [String]) throws {
      var digests: [String: String] = [:]
      for path in outputs { digests[path] = try Checksum.sha256(ofFile: path) }
      let seconds = surroundings.now() - start
      state.records.append(
        .init(step: step, status: status, began: began, seconds: seconds, said: said, outputs: digests))
      state.current = nil
      try state.save(stateFile)
      let name = step.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
      note("\(name) \(status == .done ? "" : "\(status.rawValue): ")\(said) (\(String(format: "%.1f", seconds)) s)")
    }
    do {
      let found = try work(step)
      try record(found.isSkipped ? .skipped : .done, found.said, found.outputs)
    } catch {
      failure = error
      let code = (error as? PipelineError)?.code
      withdrawCanary("\(step.rawValue) failed")
      let outcome: PipelineState.Outcome =
        code == .refused ? .refused : code == .interrupted ? .interrupted : .failed
      decide(outcome, step, "\(error)")
      try record(.failed, "\(error)", [])
    }
  }

  private func skip(_ step: PipelineStep) {
    state.records.removeAll { $0.step == step }
    state.records.append(
      .init(
        step: step, status: .skipped, began: stamp(), seconds: 0, said: state.outcome?.rawValue ?? "", outputs: [:]))
  }

  func decide(_ outcome: PipelineState.Outcome, _ step: PipelineStep, _ reason: String) {
    (state.outcome, state.decidedBy, state.reason) = (outcome, step, reason)
  }

  private func stamp() -> String { Date(timeIntervalSince1970: surroundings.now()).ISO8601Format() }

  func store() throws -> ModelStore { try ModelStore(configuration.registry, user: "pipeline") }

  /// Points the canary's alias at the champion again, so that a server that follows it has nothing of the version any more: an alias
  /// that vanished would leave it where it was. What somebody else has moved meanwhile stays.
  func withdrawCanary(_ reason: String) {
    guard let canary = state.canary else { return }
    state.canary = nil
    do {
      let store = try store()
      let aliases = try store.aliases(of: configuration.model)
      guard aliases[canary.alias] == canary.version else { return }
      let why = "run \(state.run): \(reason)"
      if let champion = aliases["champion"] {
        try store.alias(configuration.model, canary.alias, to: champion, reason: why)
      } else {
        try store.removeAlias(configuration.model, canary.alias, reason: why)
      }
    } catch {
      note(
        "note: \(configuration.model)@\(canary.alias) could not be taken back (\(error)); "
          + "do it: swiftrec models alias \(configuration.model) \(canary.alias) --version N, with the champion's number"
      )
      state.canary = canary
    }
  }
}
