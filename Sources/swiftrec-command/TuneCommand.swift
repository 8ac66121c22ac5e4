import ArgumentParser
import Environment
import Foundation
import Training

struct TuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tune", abstract: "Searches for the settings that validate best.",
    discussion: """
      Example: swiftrec tune configs/dlrm-criteo.yaml --space space.yaml --trials 30
      The space names keys and what they may be: train.optimizer.lr: {log_uniform: [1e-4, 1e-1]}, model.dimension: {choice: \
      [8, 16]}; also uniform and integer. Trials are compared by the metric of train.early_stopping.
      halving trains all of them a little and the best third further, round by round, to train.max_steps or else \
      train.epochs; random trains each to the end. Ctrl-C saves and says how to go on.
      """)

  enum Method: String, ExpressibleByArgument, CaseIterable {
    case halving, random
  }

  @Argument(help: "A YAML file that train takes.")
  var config: String

  @Option(help: "A YAML file of keys and the values they may have.")
  var space: String

  @Option(help: "How many settings are drawn.")
  var trials = 30

  @Option(help: "halving or random.")
  var method = Method.halving

  @Option(help: "For halving: one trial in so many goes on.")
  var eta = 3

  @Option(help: "Overrides one key in all trials, as in train.epochs=9; may be given often.")
  var set: [String] = []

  @Option(help: "The folder of the search; runs/tune-<name of the file> by default.")
  var out: String?

  @Flag(help: "Continues the search in that folder.")
  var resume = false

  @Option(help: "Which settings are drawn; the trials' own seed is that of CONFIG.")
  var seed: UInt64 = 1

  @Option(help: "auto, cpu, cuda or cuda:N.")
  var device: String?

  @Option(help: "Threads of one operator; all by default.")
  var threads: String?

  @Option(help: "The part of the GPU's memory that this process may take, as in 0.5; all by default.")
  var gpuMemoryFraction: Double?

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    SignalWatcher.install()
    try Answer.requireFraction(gpuMemoryFraction)
    try Answer.require(trials, "--trials")
    guard (2...100).contains(eta) else {
      throw CommandError("--eta: received \(eta), expected a whole number from 2 to 100; write --eta 3")
    }
    let options = [("device", device), ("threads", threads)].compactMap { key, value in
      value.map { (text: "\(key)=\($0)", place: "--\(key) \($0)") }
    }
    let folder = out ?? "runs/tune-\(PathText.stem(of: config))"
    let tuner = try Tuner(
      config, overrides: set, options: options, space: TuningSpace.load(space), trials: trials,
      method: TuningPlan.Method(rawValue: method.rawValue) ?? .halving, eta: eta, seed: seed, path: folder,
      resumes: resume)
    tuner.note = Answer.note
    var share = ResourceShare.taken
    if let gpuMemoryFraction {
      share = try share.taking(gpuMemory: gpuMemoryFraction, of: TrainingJob.device(tuner.device))
    }
    Answer.note("resources: \(share.summary)")
    let outcome = try tuner.search()
    if let signal = outcome.signal {
      Answer.note("stopped by \(signal == SIGINT ? "SIGINT" : "SIGTERM"), saved; resume with: \(resumption(folder))")
      throw ExitCode(128 + signal)
    }
    print(json ? Self.answer(outcome).description : Self.table(outcome.state))
    if !json, let file = outcome.bestFile { print("best: trial \(outcome.state.best ?? 0), \(file)") }
  }

  private func resumption(_ folder: String) -> String {
    var words = [SwiftRecCommand.programName, "tune", config, "--space", space, "--trials", "\(trials)"]
    if method != .halving { words += ["--method", method.rawValue] }
    if eta != 3 { words += ["--eta", "\(eta)"] }
    words += set.flatMap { ["--set", $0] } + ["--out", folder, "--resume"]
    if seed != 1 { words += ["--seed", "\(seed)"] }
    words += [
      ("--device", device), ("--threads", threads), ("--gpu-memory-fraction", gpuMemoryFraction.map { "\($0)" }),
    ].flatMap { name, value in value.map { [name, $0] } ?? [] }
    return words.map(Answer.quoted).joined(separator: " ")
  }

  private static func table(_ state: TuningState) -> String {
    let keys = state.trials.first?.settings.values.map(\.key) ?? []
    return Answer.table(
      [["trial"] + keys + [state.metric, "epochs", "steps", "seconds"]]
        + state.trials.map { trial in
          ["\(trial.number)"] + trial.settings.values.map(\.value)
            + [
              trial.value.map { Answer.number($0) } ?? "failed", "\(trial.epochs)", "\(trial.steps)",
              Answer.number(trial.seconds, digits: 1),
            ]
        })
  }

  private static func answer(_ outcome: Tuner.Outcome) -> JSONText {
    let trials = outcome.state.trials.map { trial in
      JSONText.object([
        ("trial", .integer(trial.number)),
        ("settings", .object(trial.settings.values.map { ($0.key, .text($0.value)) })),
        ("value", trial.value.map(JSONText.number) ?? .null), ("rounds", .integer(trial.values.count)),
        ("epochs", .integer(trial.epochs)), ("steps", .integer(trial.steps)), ("seconds", .number(trial.seconds)),
        ("failure", trial.failure.map(JSONText.text) ?? .null),
      ])
    }
    return .object([
      ("metric", .text(outcome.state.metric)), ("best", outcome.state.best.map(JSONText.integer) ?? .null),
      ("config", outcome.bestFile.map(JSONText.text) ?? .null), ("trials", .list(trials)),
    ])
  }
}
