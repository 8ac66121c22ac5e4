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

  /// Text kept as its UTF-8 bytes.
  func text(_ key: String) throws -> String {
    try String(decoding: self[key].values(UInt8.self), as: UTF8.self)
  }

  /// Names kept as lines of text.
  func names(_ key: String) throws -> [String] { try text(key).split(separator: "\n").map(String.init) }

  /// All tensors below `prefix`, without it.
  func below(_ prefix: String) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for (key, tensor) in tensors where key.hasPrefix(prefix + ".") {
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
  let (a, b) = (try received.doubles(), try expected.doubles())
  var worst = 0.0
  for (x, y) in zip(a, b) {
    let difference = abs(x - y) / max(1, abs(y))
    worst = difference.isNaN ? .infinity : max(worst, difference)
  }
  #expect(worst <= tolerance, "\(what): differs by \(worst)", sourceLocation: sourceLocation)
}

/// Expects exactly the same values.
func expectSame(
  _ received: Tensor, _ expected: Tensor, _ what: String = "", sourceLocation: SourceLocation = #_sourceLocation
) throws {
  #expect(received.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
  #expect(try received.doubles() == expected.doubles(), "\(what)", sourceLocation: sourceLocation)
}
