import Foundation
import TestSupport
import Testing

@Suite struct HelpTests {
  static let commands: [[String]] = [
    [], ["train"], ["tune"], ["plan"], ["evaluate"], ["recommend"], ["similar"], ["predict"], ["embeddings", "export"],
    ["ope"], ["preprocess"], ["datasets"], ["datasets", "list"], ["datasets", "fetch"], ["datasets", "describe"],
    ["launch"], ["bench", "collectives"], ["export"], ["models"], ["models", "register"], ["models", "list"],
    ["models", "show"],
    ["models", "promote"], ["models", "rollback"], ["models", "alias"], ["models", "diff"], ["models", "prune"],
    ["models", "verify"], ["monitor", "gpus"], ["pipeline"], ["pipeline", "run"], ["pipeline", "watch"],
    ["pipeline", "status"],
    ["new"], ["new", "model"], ["env"], ["env", "record"], ["env", "diff"],
    ["serve"], ["keys", "create"], ["keys", "list"], ["keys", "revoke"], ["events", "export"], ["events", "delete"],
    ["ab", "report"], ["loadtest"],
  ]

  /// The whole text of each `--help`, kept under Tests/Reference/help; set `SWIFTREC_RECORD=1` to write them anew.
  @Test(arguments: commands)
  func helpIsAsRecorded(command: [String]) throws {
    let scratch = try Scratch()
    let result = try Program.run(command + ["--help"], in: scratch.path, environment: ["COLUMNS": "100"])
    #expect(result.status == 0)
    let name = (["swiftrec"] + command).joined(separator: "-")
    let path = URL(fileURLWithPath: "\(Program.root)/Tests/Reference/help/\(name).txt")
    if ProcessInfo.processInfo.environment["SWIFTREC_RECORD"] != nil {
      try FileManager.default.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
      try result.output.write(to: path, atomically: true, encoding: .utf8)
    }
    #expect(try result.output == String(contentsOf: path, encoding: .utf8))
  }

  @Test func theVersionNamesLibTorch() throws {
    let result = try Program.run(["--version"], in: NSTemporaryDirectory())
    #expect(result.status == 0)
    #expect(result.output.hasPrefix("swiftrec ") && result.output.contains("LibTorch 2."))
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsAreGenerated(shell: String) throws {
    let result = try Program.run(["--generate-completion-script", shell], in: NSTemporaryDirectory())
    #expect(result.status == 0)
    #expect(result.output.contains("recommend") && result.output.contains("evaluate"))
  }

  @Test func aReaderThatGoesAwayIsNoError() throws {
    let scratch = try Scratch()
    let result = try Program.shell("\"$SWIFTREC\" --generate-completion-script bash | head -1", in: scratch.path)
    #expect(result.status == 0 && result.errors.isEmpty)
  }
}
