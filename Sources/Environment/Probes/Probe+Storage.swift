import Foundation
import Torch

extension Probe {
  /// Tensors of several types written to a temporary folder and read again, bit for bit.
  static func safetensors() -> Probe {
    let folder = FileManager.default.temporaryDirectory.path
    return Probe(
      "safetensors", remedy: "make \(folder) writable with some room, or set TMPDIR to a folder that is"
    ) {
      let path = "\(folder)/swiftrec-doctor-\(getpid()).safetensors"
      defer { unlink(path) }
      let generator = try Generator(seed: 20_250_104)
      let values = try Tensor.randn([37, 11], generator: generator)
      let written: [(name: String, tensor: Tensor)] = [
        ("float32", values), ("bfloat16", try values.to(dtype: .bfloat16)), ("float64", try values.to(dtype: .float64)),
        ("int64", try Tensor([Int64.min, -1, 0, Int64.max])), ("empty", try Tensor.zeros([0, 3])),
      ]
      try Safetensors.write(written, metadata: ["format": "pt"], to: path)
      let read = try Safetensors.read(path)
      for (name, tensor) in written {
        guard let found = read.tensors[name], found.dtype == tensor.dtype, found.shape == tensor.shape,
          try found.doubles() == tensor.doubles()
        else {
          throw EnvironmentError(
            check: "safetensors", message: "tensor \"\(name)\" came back changed from \(path)",
            remedy: "check the disk under \(folder), or set TMPDIR to another one")
        }
      }
      return "\(written.count) tensors written, read back and compared in \(folder)"
    }
  }

  /// The allocator gives a freed block out again instead of asking the system, and no handle leaks.
  static func allocator() -> Probe {
    let remedy = "rebuild the bridge (make setup); if it stays, report it with this output"
    return Probe("allocator", remedy: remedy) {
      func fill() throws -> Double { try Tensor.full([1 << 20], 1.0, dtype: .float32).sum().item() }
      let handles = Engine.liveHandles
      _ = try fill()
      let before = Engine.allocatorStatistics
      for _ in 0..<8 {
        guard try fill() == Double(1 << 20) else {
          throw EnvironmentError(
            check: "allocator", message: "a block of ones does not sum to its length", remedy: remedy)
        }
      }
      let after = Engine.allocatorStatistics
      guard after.inUse <= before.inUse, Engine.liveHandles == handles else {
        throw EnvironmentError(
          check: "allocator",
          message:
            "\(after.inUse - before.inUse) bytes and \(Engine.liveHandles - handles) handles stay after all tensors are gone",
          remedy: remedy)
      }
      let taken = after.systemBlocks - before.systemBlocks
      guard taken == 0 else {
        throw EnvironmentError(
          check: "allocator", message: "\(taken) of 8 equal blocks had to come from the system; pages are not kept",
          remedy: remedy)
      }
      return "8 blocks of 4 MiB from kept pages, no handle left"
    }
  }
}
