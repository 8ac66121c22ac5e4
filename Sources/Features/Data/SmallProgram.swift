import Foundation

/// Runs a program for what it prints.
package enum SmallProgram {
  /// A program's file on PATH.
  ///
  /// - Throws: `DataError` where there is none.
  package static func find(_ name: String) throws -> String {
    let found = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
      .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    guard let found else {
      throw DataError(
        .unavailable, file: name, "no such program on PATH", remedy: "install it: apt-get install \(name)")
    }
    return found
  }

  /// - Parameters:
  ///   - command: the program's file and its arguments, which every user of the machine sees.
  ///   - input: what it reads, which nobody else sees.
  ///   - timeout: seconds.
  /// - Throws: `DataError` with what it says where it fails, or takes too long.
  package static func output(of command: [String], input: String, timeout: Double) throws -> String {
    let stem = "\(FileManager.default.temporaryDirectory.path)/swiftrec-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let (read, printed, errors) = ("\(stem).in", "\(stem).out", "\(stem).err")
    defer { for file in [read, printed, errors] { unlink(file) } }
    for (path, text) in [(read, input), (printed, ""), (errors, "")] {
      guard
        FileManager.default.createFile(
          atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
      else {
        throw DataError(
          .unreadableFile, file: path, "the file can't be made", remedy: "check the folder's permissions and the disk")
      }
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardInput = FileHandle(forReadingAtPath: read) ?? FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: printed)
    process.standardError = FileHandle(forWritingAtPath: errors)
    do {
      try process.run()
    } catch {
      throw DataError(
        .unavailable, file: command[0], "it can't be started (\((error as NSError).localizedDescription))",
        remedy: "check that it is there and that memory is left")
    }
    let deadline = Date().addingTimeInterval(timeout)
    while process.isRunning {
      if Date() > deadline {
        process.terminate()
        usleep(200_000)
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        throw DataError(.fetchFailed, file: command[0], "no answer within \(timeout) s", remedy: "see whether it hangs")
      }
      usleep(2_000)
    }
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let said = text(of: errors).split(separator: "\n").suffix(2).joined(separator: " | ")
      throw DataError(
        .fetchFailed, file: command[0], said.isEmpty ? "status \(process.terminationStatus)" : said,
        remedy: "mend that, then try again")
    }
    return text(of: printed)
  }

  private static func text(of path: String) -> String {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
