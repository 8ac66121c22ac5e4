import Foundation
import Testing
import TestSupport
import Torch

extension Golden {
  /// Gives `tensors` to a script in `Tests/Reference` and expects that it agrees; without `.venv` prints that `what` was skipped.
  static func expectPython(
    _ script: String, agreesTo what: String, _ tensors: () throws -> [(name: String, tensor: Tensor)]
  ) throws {
    let root = folder.deletingLastPathComponent().deletingLastPathComponent()
    let python = root.appendingPathComponent(".venv/bin/python")
    guard FileManager.default.isExecutableFile(atPath: python.path) else {
      print("skipped: no .venv to \(what)")
      return
    }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    try Safetensors.write(tensors(), to: file.path)
    let process = Process()
    process.executableURL = python
    process.arguments = [folder.appendingPathComponent(script).path, file.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let answer = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(answer)")
  }
}
