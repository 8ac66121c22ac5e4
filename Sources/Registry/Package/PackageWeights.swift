import Foundation
import Models
import Sparse
import Torch
import TorchNN

/// `weights.safetensors` of a package: tensors by PyTorch's names, tables compressed where that was asked for.
enum PackageWeights {
  static let fileName = "weights.safetensors"
  /// Which tensors are compressed: JSON, the type and the dimension by name.
  private static let compressedKey = "swiftrec.compressed"

  private struct Compressed: Codable {
    var type: Quantization
    var dimension: Int
  }

  /// - Parameter isTable: which tensors `quantization` is for.
  static func write(
    _ module: Module, quantization: Quantization, to folder: String, isTable: (_ name: String, _ tensor: Tensor) -> Bool
  ) throws {
    var compressed: [String: Compressed] = [:]
    var tensors: [(name: String, tensor: Tensor)] = try module.stateDict().map { name, tensor in
      guard quantization != .none, isTable(name, tensor) else { return (name, tensor) }
      let dimension = tensor.shape[1]
      guard quantization != .int4 || dimension % 2 == 0 else {
        throw RegistryError(
          .invalid, name, received: "\(dimension) values a row, int4 rows need an even number", remedy: "take int8")
      }
      compressed[name] = Compressed(type: quantization, dimension: dimension)
      return (name, try noGrad { try quantization.encode(tensor.cpu()) })
    }
    // Wide elements first: then each tensor begins where its type may, and can be used in place.
    tensors.sort { ($1.tensor.dtype.size, $0.name) < ($0.tensor.dtype.size, $1.name) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let metadata =
      compressed.isEmpty ? [:] : [compressedKey: String(decoding: try encoder.encode(compressed), as: UTF8.self)]
    try Safetensors.write(tensors, metadata: metadata, to: "\(folder)/\(fileName)")
  }

  /// Puts the weights of a package into a module that was made without any.
  ///
  /// - Parameter device: on the CPU tensors lie in the mapped file, elsewhere they are copied.
  /// - Throws: `RegistryError` for weights that do not fit the module.
  static func put(_ folder: String, into module: Module, device: Device) throws {
    let path = "\(folder)/\(fileName)"
    let file = try Safetensors.File(path, isLent: true)
    let entries = Dictionary(file.entries.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let compressed = try compressed(file.metadata[compressedKey], path)
    let own = Dictionary(
      (module.namedParameters() + module.namedBuffers()).map { ($0.name, $0.tensor) },
      uniquingKeysWith: { first, _ in first })
    /// A compressed tensor whose module takes whole numbers, as a recommender's.
    func decoded(_ name: String) -> Compressed? {
      compressed[name].flatMap { own[name]?.dtype == .float32 ? $0 : nil }
    }
    let given = file.entries.map { entry in
      guard let coding = decoded(entry.name), let rows = entry.shape.first else {
        return (name: entry.name, shape: entry.shape, dtype: entry.dtype)
      }
      return (name: entry.name, shape: [rows, coding.dimension], dtype: DType.float32)
    }
    do {
      try module.load(given) { name, tensor in
        guard let entry = entries[name] else { return }
        if let coding = decoded(name) {
          try tensor.setData(coding.type.decode(file.mapped(entry), dimension: coding.dimension))
        } else if entry.dtype == tensor.dtype {
          try tensor.setData(file.mapped(entry))
        } else {
          _ = try tensor.copy_(file.mapped(entry))
        }
      }
    } catch let error as ModuleError {
      throw RegistryError(
        .mismatch, path, received: error.message, remedy: "export the model again with this release of swiftrec")
    }
    if !device.isCPU { try module.to(device: device) }
  }

  private static func compressed(_ text: String?, _ path: String) throws -> [String: Compressed] {
    guard let text else { return [:] }
    do {
      return try JSONDecoder().decode([String: Compressed].self, from: Data(text.utf8))
    } catch {
      throw RegistryError(
        .corrupted, path, received: "a list of compressed tensors that can't be read",
        remedy: "copy the package again, or export it anew")
    }
  }
}
