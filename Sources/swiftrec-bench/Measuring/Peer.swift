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
    try start(python, [path] + arguments, variables)
  }

  /// This program again, as a process that is measured with others.
  ///
  /// - Parameter waits: whether to wait until it is ready; if not, ask `ready()` later.
  init(worker arguments: [String], variables: [String: String], waits: Bool = true) throws {
    name = "worker"
    try start(CommandLine.arguments[0], ["--worker"] + arguments, variables, waits: waits)
  }

  private func start(
    _ executable: String, _ arguments: [String], _ variables: [String: String], waits: Bool = true
  ) throws {
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    if waits { try ready() }
  }

  /// Waits until it says that it can begin.
  func ready() throws { _ = try readRecord() }

  deinit {
    guard process.isRunning else { return }
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Lets the peer take one turn and returns what it measured.
  ///
  /// - Parameter order: what the turn is to be, where a peer asks.
  func turn(_ order: String = "") throws -> [String: Double] {
    try begin(order)
    return try end()
  }

  /// Lets it begin a turn, so that others can run at the same time.
  func begin(_ order: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data((order + "\n").utf8))
  }

  /// Waits for the end of a turn.
  func end() throws -> [String: Double] { try readRecord() }

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
