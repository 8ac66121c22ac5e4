import Foundation
import Testing
import Torch

/// The values that a script in `Tests/Reference` wrote with PyTorch.
struct Golden {
  let tensors: [String: Tensor]

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Reference")

  init(_ name: String) throws {
    tensors = try Safetensors.read(Self.folder.appendingPathComponent(name + ".safetensors").path).tensors
  }

  subscript(_ key: String) -> Tensor {
    get throws { try #require(tensors[key], "the reference file lacks \(key)") }
  }

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

  /// All tensors below `prefix/`, without it.
  func below(_ prefix: String) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for (key, tensor) in tensors where key.hasPrefix(prefix + "/") {
      found[String(key.dropFirst(prefix.count + 1))] = tensor
    }
    return found
  }
}

/// Expects the same shape and every value within `tolerance` (absolute, and relative to large values).
func expectClose(
  _ received: Tensor, _ expected: Tensor, tolerance: Double = 1e-5, _ what: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(received.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  guard received.shape == expected.shape else { return }
  var worst = 0.0
  for (x, y) in zip(try received.doubles(), try expected.doubles()) {
    let difference = abs(x - y) / max(1, abs(y))
    worst = difference.isNaN ? .infinity : max(worst, difference)
  }
  #expect(worst <= tolerance, "\(what): differs by \(worst)", sourceLocation: sourceLocation)
}
