import Features
import Foundation
import Training

/// Runs programs and waits for them: where one is killed, the pipeline goes on and says so.
enum ChildProgram {
  /// A step. It gets SIGTERM where this process gets a signal, or is killed.
  ///
  /// - Parameter log: gets what it says on standard error; beside it, with `.out` behind its stem, what it prints.
  static func run(_ command: [String], log: String) throws -> String {
    let out = PathText.folder(of: log) + "/\(PathText.stem(of: log)).out"
    var environment = ProcessInfo.processInfo.environment
    environment["SWIFTREC_ENDS_WITH"] = "\(getpid())"
    let process = try start(command, environment: environment, output: out, errors: log)
    var signalled = false
    while process.isRunning {
      if let signal = SignalWatcher.pending, !signalled {
        signalled = true
        kill(process.processIdentifier, signal)
      }
      usleep(10_000)
    }
    process.waitUntilExit()
    if let signal = SignalWatcher.pending { throw interruption(signal) }
    let printed = text(of: out)
    let isKilled = process.terminationReason == .uncaughtSignal
    guard !isKilled, process.terminationStatus == 0 else {
      let lines = text(of: log).split(separator: "\n")
      let errors = lines.filter { $0.hasPrefix("error:") }.map { $0.dropFirst(7) }
      let said = (errors.isEmpty ? lines.suffix(3) : errors.suffix(5)).joined(separator: " | ")
      let name = command.dropFirst().prefix(2).joined(separator: " ")
      throw PipelineError(
        .failed, "swiftrec \(name)",
        received: isKilled
          ? "killed by signal \(process.terminationStatus)" : "exit code \(process.terminationStatus): \(said)",
        remedy: isKilled
          ? "see \(log), and whether memory ran out (dmesg)" : "mend that, see \(log)",
        status: isKilled ? nil : process.terminationStatus)
    }
    return printed
  }

  /// What a small program prints.
  ///
  /// - Throws: `PipelineError` with what it says where it fails, or takes too long.
  static func output(of command: [String], input: String, timeout: Double) throws -> String {
    do {
      return try SmallProgram.output(of: command, input: input, timeout: timeout)
    } catch let error as DataError {
      throw PipelineError(.unreachable, error.file ?? command[0], received: error.problem, remedy: error.remedy)
    }
  }

  static func interruption(_ signal: Int32) -> PipelineError {
    PipelineError(
      .interrupted, "pipeline", received: signal == SIGINT ? "SIGINT" : "SIGTERM",
      remedy: "go on with --resume", status: 128 + signal)
  }

  private static func start(
    _ command: [String], environment: [String: String], output: String, errors: String
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    for path in [output, errors] {
      guard FileManager.default.createFile(atPath: path, contents: nil) else {
        throw PipelineError(
          .failed, path, received: "the file can't be made", remedy: "check the folder's permissions and the disk")
      }
    }
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    do {
      try process.run()
    } catch {
      throw PipelineError(
        .failed, command[0], received: "it can't be started (\((error as NSError).localizedDescription))",
        remedy: "check that it is there and that memory is left")
    }
    return process
  }

  private static func text(of path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
