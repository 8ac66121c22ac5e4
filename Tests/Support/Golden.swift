import Foundation
import Testing
import Torch

/// The values that a script in `Tests/Reference` wrote with PyTorch.
package struct Golden {
  package let tensors: [String: Tensor]

  package static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Reference")

  package init(_ name: String) throws {
    tensors = try Safetensors.read(Self.folder.appendingPathComponent(name + ".safetensors").path).tensors
  }

  package subscript(_ key: String) -> Tensor {
    get throws { try #require(tensors[key], "the reference file lacks \(key)") }
  }

  /// Text kept as its UTF-8 bytes.
  package func text(_ key: String) throws -> String {
    try String(decoding: self[key].values(UInt8.self), as: UTF8.self)
  }

  /// Names kept as lines of text.
  package func names(_ key: String) throws -> [String] { try text(key).split(separator: "\n").map(String.init) }

  /// All tensors below `prefix`, without it and the dot or slash behind it.
  package func below(_ prefix: String) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for (key, tensor) in tensors where key.hasPrefix(prefix) {
      let rest = key.dropFirst(prefix.count)
      if rest.first == "." || rest.first == "/" { found[String(rest.dropFirst())] = tensor }
    }
    return found
  }
}
