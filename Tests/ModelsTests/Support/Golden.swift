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
