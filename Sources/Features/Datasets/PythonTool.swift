import Foundation

/// The Python that set-up made, for pip.
enum PythonTool {
  /// `SWIFTREC_PYTHON`, else `.venv/bin/python` in a folder above the program, else `python3` on the path.
  static func path(environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
    if let given = environment["SWIFTREC_PYTHON"], !given.isEmpty { return given }
    var folder = URL(fileURLWithPath: programPath()).resolvingSymlinksInPath().deletingLastPathComponent()
    while folder.path.count > 1 {
      let candidate = folder.appendingPathComponent(".venv/bin/python").path
      if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    return "python3"
  }

  private static func programPath() -> String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments.first ?? "/"
  }

  /// Runs Python and waits.
  ///
  /// - Throws: `DataError` with the last lines it wrote when it can't be started, fails or takes too long.
  static func run(
    _ arguments: [String], logFile: String, seconds: Double,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws {
    let python = path(environment: environment)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python] + arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    guard FileManager.default.createFile(atPath: logFile, contents: nil),
      let log = FileHandle(forWritingAtPath: logFile)
    else {
      throw DataError(
        .unreadableFile, file: logFile, "can't create the file", remedy: "check the folder's permissions and the disk")
    }
    defer { try? log.close() }
    process.standardOutput = log
    process.standardError = log
    let command = "\(python) \(arguments.joined(separator: " "))"
    do {
      try process.run()
    } catch {
      throw DataError(
        .fetchFailed, "can't start Python: \(error)", received: python,
        remedy: "install Python 3.11 with pip, or set SWIFTREC_PYTHON to one")
    }
    let deadline = Date().addingTimeInterval(seconds)
    while process.isRunning {
      if Date() > deadline {
        process.terminate()
        usleep(500_000)
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        throw DataError(
          .fetchFailed, "took longer than \(Int(seconds)) s and was stopped", received: command,
          remedy: "check the network and pip's index, then try again")
      }
      usleep(20_000)
    }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let text = (try? TextFile.bytes(of: logFile)).map(TextFile.decode) ?? ""
      let lines = text.split(separator: "\n").suffix(3).joined(separator: " | ")
      throw DataError(
        .fetchFailed, "\(command) ended with status \(process.terminationStatus)", received: lines,
        remedy: "check the network and pip's index (SWIFTREC_PYTHON names another Python), then try again")
    }
  }
}
