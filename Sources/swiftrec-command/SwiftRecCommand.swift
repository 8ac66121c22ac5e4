import ArgumentParser
import Foundation

/// The program: parses its arguments, runs one command, and turns whatever went wrong into one line and an exit code.
@main
struct SwiftRecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swiftrec",
    abstract: "Trains recommenders, measures them, and answers from them.",
    discussion: """
      Data sets are found by name under each folder of SWIFTREC_DATA, then in the cache.
      Exit codes: 0 success, 2 usage or configuration, 3 data or files, 4 refused by a gate, 5 environment or device.
      Shell completions: swiftrec --generate-completion-script bash|zsh|fish.
      """,
    version: Version.text,
    subcommands: [
      TrainCommand.self, TuneCommand.self, PlanCommand.self, EvaluateCommand.self, RecommendCommand.self,
      SimilarCommand.self, PredictCommand.self, EmbeddingsCommand.self, OPECommand.self, PreprocessCommand.self,
      DatasetsCommand.self,
      DoctorCommand.self,
    ])

  static func main() {
    // A reader that goes away (`| head`) ends the program quietly instead of with a signal that looks like a crash.
    signal(SIGPIPE, SIG_DFL)
    // A full disk or a file limit must arrive as an error of `write`, not as a signal.
    signal(SIGXFSZ, SIG_IGN)
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.exit(error)
    }
  }
}
