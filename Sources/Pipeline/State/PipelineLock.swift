import Foundation
import Torch

/// Lets one process work on a pipeline at a time. A kill releases it.
final class PipelineLock {
  private let descriptor: Int32

  /// - Throws: `PipelineError` with who holds it.
  init(_ folder: String) throws {
    let path = "\(folder)/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, action: "open", errno: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n").first.map(String.init)
      close(descriptor)
      throw PipelineError(
        .busy, folder, received: "another run is at work (\(holder ?? "it says not who"))",
        remedy: "wait for it, or end that process; two runs of one pipeline would overwrite each other")
    }
    let text = "process \(getpid()) since \(Date().ISO8601Format())\n"
    ftruncate(descriptor, 0)
    _ = text.withCString { write(descriptor, $0, strlen($0)) }
  }

  deinit { close(descriptor) }
}
