import Foundation
import Models
import Retrieval
import Torch
import TorchNN

/// `index.safetensors` of a package: what a recommender's exact index would have to make from all item vectors when it is opened.
enum PackageIndex {
  static let fileName = "index.safetensors"
  private static let boundsKey = "swiftrec.bounds"

  /// Writes the index, where there is one that is worth it.
  static func write(_ model: RecommenderModel, to folder: String) throws {
    guard let index = model.index, let codes = index.codes else { return }
    var tensors = [(name: "bytes", tensor: codes.bytes), (name: "scales", tensor: codes.scales)]
    // Vectors that a tower makes are kept; those that are a table of the model are there already.
    if !model.model.parameters().contains(where: { $0.sharesStorage(with: index.items) }) {
      tensors.append((name: "items", tensor: index.items))
    }
    tensors.sort { $1.tensor.dtype.size < $0.tensor.dtype.size }
    let bounds = codes.bounds.map { "\($0)" }.joined(separator: " ")
    try Safetensors.write(tensors, metadata: [boundsKey: bounds], to: "\(folder)/\(fileName)")
  }

  /// - Returns: nil where the package has none.
  static func read(_ folder: String) throws -> (codes: ItemCodes, items: Tensor?)? {
    let path = "\(folder)/\(fileName)"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let file = try Safetensors.File(path, isLent: true)
    func tensor(_ name: String) throws -> Tensor? { try file.entries.first { $0.name == name }.map(file.mapped) }
    let bounds = (file.metadata[boundsKey] ?? "").split(separator: " ").compactMap { Float($0) }
    guard let bytes = try tensor("bytes"), let scales = try tensor("scales"),
      let codes = try? ItemCodes(bytes: bytes, scales: scales, bounds: bounds)
    else {
      throw RegistryError(
        .corrupted, path, received: "no index of items", remedy: "copy the package again, or export it anew")
    }
    return (codes, try tensor("items"))
  }
}
