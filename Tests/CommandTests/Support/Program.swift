import Foundation
import TestSupport

/// The program under test, run as a user would.
enum Program {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// `SWIFTREC_BINARY`, else what the build leaves.
  static let path: String =
    ProcessInfo.processInfo.environment["SWIFTREC_BINARY"]
    ?? ["\(root)/bin/swiftrec", "\(root)/.build/release/swiftrec"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
    ?? "\(root)/.build/release/swiftrec"

  /// Whether the Arrow bridge was built.
  static let readsParquet = FileManager.default.fileExists(atPath: "\(root)/native/build/libswiftrec_columnar.so")

  struct Result {
    var status: Int32
    var output: String
    var errors: String
    /// The last line of the errors that begins with `error:`, else all of them.
    var message: String { errors.split(separator: "\n").filter { $0.hasPrefix("error:") }.joined(separator: "\n") }
  }

  /// A process whose output goes into files, so that a full pipe can never stop it.
  final class Running {
    let process = Process()
    private let folder: Scratch
    init(_ arguments: [String], executable: String, in place: String, environment: [String: String]) throws {
      folder = try Scratch()
      for name in ["out", "err"] { _ = FileManager.default.createFile(atPath: folder.file(name), contents: nil) }
      process.executableURL = URL(fileURLWithPath: executable)
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: place)
      process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
      process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file("out")))
      process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file("err")))
      process.standardInput = FileHandle.nullDevice
      try process.run()
    }

    var output: String { (try? String(contentsOfFile: folder.file("out"), encoding: .utf8)) ?? "" }
    var errors: String { (try? String(contentsOfFile: folder.file("err"), encoding: .utf8)) ?? "" }

    func wait() throws -> Result {
      process.waitUntilExit()
      // A shell's way of telling a signal: 128 and its number.
      let status =
        process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
      return Result(
        status: status, output: (try? String(contentsOfFile: folder.file("out"), encoding: .utf8)) ?? "", errors: errors
      )
    }
  }

  static func start(_ arguments: [String], in place: String, environment: [String: String] = [:]) throws -> Running {
    try Running(arguments, executable: path, in: place, environment: environment)
  }

  static func run(_ arguments: [String], in place: String, environment: [String: String] = [:]) throws -> Result {
    try start(arguments, in: place, environment: environment).wait()
  }

  /// Runs a line of shell with the program as `$SWIFTREC`.
  static func shell(_ line: String, in place: String, environment: [String: String] = [:]) throws -> Result {
    try Running(
      ["-c", line], executable: "/bin/bash", in: place,
      environment: environment.merging(["SWIFTREC": path]) { _, new in new }
    ).wait()
  }
}
