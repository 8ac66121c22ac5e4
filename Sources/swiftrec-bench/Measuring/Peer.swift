import Foundation

/// A peer in Python that waits between its turns: it answers each line on its standard input with one JSON line.
final class Peer {
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var pending = Data()

  /// Starts the script and waits until it says that it is ready.
  ///
  /// - Parameters:
  ///   - script: a file of `Benchmarks/peers`.
  ///   - arguments: passed as they stand.
  ///   - environment: the folder of the Python environment, and variables to set.
  /// - Throws: `BenchmarkError` when Python or the script is missing, or when the script ends early.
  init(
    _ script: String, _ arguments: [String], setting: Setting, python folder: String = ".venv",
    variables: [String: String] = [:]
  ) throws {
    name = "Benchmarks/peers/\(script)"
    let path = setting.root + "/" + name
    let python = setting.root + "/\(folder)/bin/python"
    for needed in [path, python] where !FileManager.default.fileExists(atPath: needed) {
      throw BenchmarkError("\(needed) is missing; run `make bench` in the checkout")
    }
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    _ = try readRecord()
  }

  deinit {
    guard process.isRunning else { return }
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Lets the peer take one turn and returns what it measured.
  ///
  /// - Parameter order: what the turn is to be, where a peer asks.
  func turn(_ order: String = "") throws -> [String: Double] {
    try input.fileHandleForWriting.write(contentsOf: Data((order + "\n").utf8))
    return try readRecord()
  }

  private func readRecord() throws -> [String: Double] {
    while true {
      if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
        let line = pending[..<end]
        pending = Data(pending[pending.index(after: end)...])
        guard line.first == UInt8(ascii: "{") else { continue }
        let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
        return object.compactMapValues { ($0 as? NSNumber)?.doubleValue }
      }
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else {
        throw BenchmarkError("\(name) ended before its answer; run it by itself to see why")
      }
      pending.append(more)
    }
  }
}
