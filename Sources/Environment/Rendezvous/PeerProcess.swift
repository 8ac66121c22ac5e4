import Foundation
import Synchronization

/// A child process whose output is collected, and which is gone when this value's owner has called `finish`.
final class PeerProcess {
  private let process = Process()
  private let output = Pipe()
  private let collected = Collected()
  private let ended = DispatchSemaphore(value: 0)
  private let drained = DispatchSemaphore(value: 0)

  /// What a child wrote, filled from another thread.
  private final class Collected: Sendable {
    let bytes = Mutex<Data>(Data())
  }

  /// Starts the child at once.
  ///
  /// - Parameter environment: laid over this process's own.
  init(_ command: PeerCommand, arguments: [String], environment: [String: String]) throws {
    process.executableURL = URL(fileURLWithPath: command.executable)
    process.arguments = command.arguments + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    let ended = ended
    process.terminationHandler = { _ in ended.signal() }
    try process.run()
    // A child that writes more than a pipe holds would wait for a reader, so one reads all the time.
    let (reader, collected, drained) = (output.fileHandleForReading, collected, drained)
    DispatchQueue.global().async {
      let data = reader.readDataToEndOfFile()
      collected.bytes.withLock { $0 = data }
      drained.signal()
    }
  }

  /// Waits for the end of the child; one that is still there at the deadline is killed.
  ///
  /// - Returns: the exit status, nil for a child that had to be killed, and what it wrote.
  func finish(by deadline: DispatchTime) -> (status: Int32?, output: String) {
    var status: Int32?
    if ended.wait(timeout: deadline) == .success {
      status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    } else {
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
    }
    // A grandchild may hold the pipe open; its output is not worth waiting for.
    _ = drained.wait(timeout: .now() + 1)
    return (status, String(decoding: collected.bytes.withLock { $0 }, as: UTF8.self))
  }
}
