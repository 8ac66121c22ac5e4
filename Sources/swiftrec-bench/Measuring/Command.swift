import Foundation

/// Runs a program to its end.
enum Command {
  /// - Returns: what the program wrote on standard output.
  /// - Throws: `BenchmarkError` with the end of its standard error when it fails.
  static func run(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws -> String {
    guard FileManager.default.isExecutableFile(atPath: program) else {
      throw BenchmarkError("\(program) is missing; run `make build` in the checkout")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let output = Pipe()
    process.standardOutput = output
    // A file, not a second pipe: a program that fills a pipe nobody reads would wait for ever.
    let log = FileManager.default.temporaryDirectory.appendingPathComponent("swiftrec-bench-\(UUID().uuidString).log")
    try Data().write(to: log)
    defer { try? FileManager.default.removeItem(at: log) }
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let complaint = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      throw BenchmarkError(
        "\(([program] + arguments).joined(separator: " ")) ended with \(process.terminationStatus): \(complaint.suffix(400))"
      )
    }
    return text
  }

  /// The JSON objects of a file with one on each line.
  static func records(_ path: String) throws -> [[String: Any]] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap(record)
  }

  /// The last JSON object that a program printed on a line of its own, or all of its output as one.
  static func lastRecord(_ output: String) -> [String: Any]? {
    record(output[...]) ?? output.split(separator: "\n").reversed().lazy.compactMap(record).first
  }

  private static func record(_ line: Substring) -> [String: Any]? {
    (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
  }
}
