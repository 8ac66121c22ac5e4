import ArgumentParser
import Environment
import Foundation
import Training

/// The program: parses its arguments, runs one command, and turns whatever went wrong into one line and an exit code.
///
/// A package with models of its own registers them and has the same program:
///
/// ```swift
/// try ModelRegistry.register(MyModel.self)
/// SwiftRecCommand.main()
/// ```
public struct SwiftRecCommand: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: programName,
    abstract: "Trains recommenders, measures them, and answers from them.",
    discussion: """
      Data sets are found by name under each folder of SWIFTREC_DATA, then in the cache.
      Exit codes: 0 success, 2 usage or configuration, 3 data or files, 4 refused by a gate, 5 environment or device.
      Shell completions: swiftrec --generate-completion-script bash|zsh|fish.
      """,
    version: Version.text,
    subcommands: [
      TrainCommand.self, LaunchCommand.self, TuneCommand.self, PlanCommand.self, EvaluateCommand.self,
      RecommendCommand.self,
      SimilarCommand.self, PredictCommand.self, ExportCommand.self, ModelsCommand.self, PipelineCommand.self,
      EmbeddingsCommand.self,
      OPECommand.self, PreprocessCommand.self,
      DatasetsCommand.self, ServeCommand.self, KeysCommand.self, EventsCommand.self, ABCommand.self,
      LoadTestCommand.self, NewCommand.self, EnvCommand.self, DoctorCommand.self, MonitorCommand.self,
      BenchCommand.self,
    ])

  public init() {}

  /// What users call this program: `swiftrec`, or that of a package that brings its own models.
  static var programName: String { PathText.name(of: CommandLine.arguments.first ?? "swiftrec") }

  public static func main() {
    // A reader that goes away (`| head`) ends the program quietly instead of with a signal that looks like a crash.
    signal(SIGPIPE, SIG_DFL)
    // A full disk or a file limit must arrive as an error of `write`, not as a signal.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      // The doctor reports another PyTorch itself, among all else.
      if !(command is DoctorCommand) { try TorchFacts.gather().requireMatch() }
      _ = ResourceShare.taken
      try command.run()
    } catch {
      Failure.exit(error)
    }
  }
}
