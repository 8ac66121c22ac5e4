import ArgumentParser
import Environment
import Foundation
import Pipeline
import Training

struct PipelineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pipeline", abstract: "Trains on new data and deploys only what is better.",
    discussion: """
      The steps are ingest, validate, train, evaluate, register, compare, canary, promote and notify. A pipeline file names the data, \
      the training configuration, the metric that decides and the webhooks; docs/retrain-daily.md shows one.
      Exit codes: 0 promoted, or not better and the champion stays; 4 data refused, or a canary taken back.
      """, subcommands: [Run.self, Watch.self, Status.self])

  /// Turns how a run ended into an exit code.
  static func finish(_ pipeline: Pipeline, _ file: String) throws {
    let state = pipeline.state
    if let failure = pipeline.failure {
      let again = "\(SwiftRecCommand.programName) pipeline run \(Answer.quoted(file)) --resume"
      if let error = failure as? PipelineError, error.code == .interrupted {
        Answer.note("stopped by \(error.received), saved; resume with: \(again)")
        throw ExitCode(error.status ?? 130)
      }
      if state.outcome != .refused { Answer.note("the champion stays; when it is mended: \(again)") }
      throw failure
    }
    if state.outcome == .rolledBack {
      throw PipelineError(
        .refused, "run \(state.run)", received: "the canary was taken back: \(state.reason)",
        remedy: "see its figures; the champion stays")
    }
  }

  static func line(_ state: PipelineState) -> String {
    let reason = state.reason.isEmpty ? "" : ": \(state.reason)"
    return "run \(state.run): \(state.outcome?.rawValue ?? "not over")\(reason)"
  }

  static func json(_ state: PipelineState, extra: [(String, JSONText)] = []) -> JSONText {
    func optional(_ value: Int?) -> JSONText { value.map(JSONText.integer) ?? .null }
    let steps = state.records.map { record in
      JSONText.object([
        ("step", .text(record.step.rawValue)), ("status", .text(record.status.rawValue)),
        ("seconds", .number(record.seconds)), ("said", .text(record.said)),
        ("outputs", .object(record.outputs.sorted { $0.key < $1.key }.map { ($0.key, .text($0.value)) })),
      ])
    }
    return .object(
      [
        ("run", .integer(state.run)), ("outcome", state.outcome.map { .text($0.rawValue) } ?? .null),
        ("step", state.decidedBy.map { .text($0.rawValue) } ?? .null), ("reason", .text(state.reason)),
        ("dataset", state.dataset.map(JSONText.text) ?? .null), ("rows", optional(state.rows)),
        ("version", optional(state.version)), ("champion", optional(state.champion)),
        ("is_better", state.isBetter.map(JSONText.boolean) ?? .null),
        ("metrics", .object(state.metrics.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })),
        ("steps", .list(steps)),
      ] + extra)
  }
}

extension PipelineCommand {
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "run", abstract: "Runs the steps, from the data to the champion.",
      discussion: """
        Example: swiftrec pipeline run pipeline.yaml
        Whatever goes wrong, the champion stays as it is, the webhooks are told, and --resume goes on with the step that failed. \
        --only is for schedulers that start each step by itself; they end with --only notify.
        """)

    @Argument(help: "A pipeline file.")
    var file: String

    @Flag(help: "Goes on with the first step of the last run that is not done.")
    var resume = false

    @Option(help: "Does the last run anew from this step on.")
    var from: String?

    @Option(help: "Does this step of the last run alone; ingest begins a new run.")
    var only: String?

    @Flag(help: "Takes data of another shape or volume than before, this once.")
    var acceptDrift = false

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let start = try start()
      SignalWatcher.install()
      let own = PeerCommand.ownProgram([])
      let pipeline = Pipeline(
        try .load(file), .real(program: own.executable), acceptsDrift: acceptDrift, note: Answer.note)
      let state = try pipeline.run(start)
      print(json ? PipelineCommand.json(state).description : PipelineCommand.line(state))
      // Told, whatever it was that had to be told.
      if start == .only(.notify) { return }
      try PipelineCommand.finish(pipeline, file)
    }

    private func start() throws -> Pipeline.Start {
      guard [resume, from != nil, only != nil].count(where: { $0 }) <= 1 else {
        throw CommandError("--resume, --from and --only: received more than one, expected one at most; drop the others")
      }
      func step(_ text: String, _ option: String) throws -> PipelineStep {
        guard let step = PipelineStep(rawValue: text) else {
          let names = PipelineStep.allCases.map(\.rawValue).joined(separator: ", ")
          throw CommandError("\(option): received \(text), expected one of \(names); write \(option) train")
        }
        return step
      }
      if resume { return .resume }
      if let from { return .from(try step(from, "--from")) }
      if let only { return .only(try step(only, "--only")) }
      return .anew
    }
  }

  struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "watch", abstract: "Runs the pipeline whenever there is a new dataset version.",
      discussion: """
        Example: swiftrec pipeline watch pipeline.yaml --every 60
        A version is taken up once its files have stopped changing. A run that fails is not tried again with the same data.
        With --wait it only waits: it ends with 0 as soon as there is a new version, with 4 when none came.
        """)

    @Argument(help: "A pipeline file.")
    var file: String

    @Option(help: "Seconds between two looks.")
    var every = 60.0

    @Option(help: "Ends after so many seconds, or with a new version, and runs nothing; 0 looks once.")
    var wait: Double?

    func run() throws {
      guard every > 0, every <= 86_400 else {
        throw CommandError("--every: received \(every), expected seconds above 0, up to 86400; write --every 60")
      }
      guard wait.map({ $0 >= 0 && $0 <= 31_536_000 }) ?? true else {
        throw CommandError("--wait: received \(wait ?? 0), expected seconds from 0; write --wait 3600")
      }
      SignalWatcher.install()
      let configuration = try PipelineConfiguration.load(file)
      let surroundings = Surroundings.real(program: PeerCommand.ownProgram([]).executable)
      var watch = PipelineWatch(configuration, surroundings)
      do {
        if let wait {
          guard let found = try watch.wait(interval: every, seconds: wait) else {
            Answer.note("no new version in \(configuration.data.files.joined(separator: ", "))")
            throw ExitCode(Failure.refused)
          }
          print("dataset \(found.version): \(found.rows) rows")
          return
        }
        Answer.note("watching \(configuration.data.files.joined(separator: ", "))")
        while let found = try watch.wait(interval: every) {
          Answer.note("dataset \(found.version) is new")
          // Read again: the file may have been mended meanwhile.
          let pipeline = Pipeline(try .load(file), surroundings, note: Answer.note)
          // Unbuffered: who reads the log must not wait for the next run.
          FileHandle.standardOutput.write(Data((PipelineCommand.line(try pipeline.run()) + "\n").utf8))
          if let error = pipeline.failure as? PipelineError, error.code == .interrupted { throw error }
        }
      } catch let error as PipelineError where error.code == .interrupted {
        throw ExitCode(error.status ?? 130)
      }
    }
  }

  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "status", abstract: "Tells where a pipeline stands.")

    @Argument(help: "A pipeline file.")
    var file: String

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let configuration = try PipelineConfiguration.load(file)
      guard let state = try Pipeline.state(in: configuration.folder) else {
        throw PipelineError(
          .missing, configuration.folder, received: "no run yet", remedy: "begin one: swiftrec pipeline run \(file)")
      }
      if json {
        print(PipelineCommand.json(state, extra: [("current", state.current.map { .text($0.rawValue) } ?? .null)]))
        return
      }
      let rows = state.records.map { record in
        [record.step.rawValue, record.status.rawValue, Answer.number(record.seconds, digits: 1), record.said]
      }
      print(Answer.table([["step", "status", "seconds", "found"]] + rows))
      print(PipelineCommand.line(state))
    }
  }
}
