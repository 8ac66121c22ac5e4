import Foundation
import Models
import Torch
import TorchNN

/// A model's weights with everything that a run needs to continue from them bit for bit.
///
/// One safetensors file. The model's tensors stand under their own PyTorch names, so that Python can load them as they are;
/// what belongs to the run has a slash in its name: `optimizer/fc1.weight.exp_avg`, `random/cpu`, `trainer/loss_sum`.
public struct Checkpoint {
  public static let format = 1
  private static let stateKey = "swiftrec.state"
  private static let digestKey = "swiftrec.xxh64"

  public var model: [(String, Tensor)]
  public var optimizer: [String: Tensor]
  /// Generator states by device, and the trainer's running sums.
  public var run: [String: Tensor]
  public var state: TrainingState

  public init(
    model: [(String, Tensor)], optimizer: [String: Tensor] = [:], run: [String: Tensor] = [:], state: TrainingState
  ) {
    self.model = model
    self.optimizer = optimizer
    self.run = run
    self.state = state
  }

  /// Writes the checkpoint beside `path`, flushes it and renames it: the file at `path` is whole at any moment.
  public func save(to path: String) throws {
    var tensors = model.map { (name: $0.0, tensor: $0.1) }
    tensors += optimizer.sorted { $0.key < $1.key }.map { (name: "optimizer/\($0.key)", tensor: $0.value) }
    tensors += run.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
    let hosts = try tensors.map { (name: $0.name, tensor: try $0.tensor.detach().cpu().contiguous()) }
    try Safetensors.write(
      hosts,
      metadata: [
        "format": "pt", Self.stateKey: String(decoding: try Self.encoded(state), as: UTF8.self),
        Self.digestKey: try Self.digest(of: hosts),
      ], to: path)
  }

  /// - Throws: `RunError` for a missing file, one without a state, or one of a newer layout; `SafetensorsError` for one that
  ///   is cut off or changed.
  public static func load(from path: String) throws -> Checkpoint {
    guard FileManager.default.fileExists(atPath: path) else {
      throw RunError(
        .missing, path: path, received: "there is no checkpoint",
        remedy: "train the run to the end of its first epoch, or name another run")
    }
    let file = try contents(of: path)
    guard let text = file.metadata[stateKey] else {
      throw RunError(
        .corrupted, path: path, received: "safetensors without \"\(stateKey)\" in its metadata",
        remedy: "give a checkpoint that swiftrec wrote")
    }
    guard let state = try? JSONDecoder().decode(TrainingState.self, from: Data(text.utf8)) else {
      throw RunError(
        .corrupted, path: path, received: "a state that cannot be read: \(text.prefix(80))",
        remedy: "restore the file, or train again")
    }
    guard state.format <= format else {
      throw RunError(
        .mismatch, path: path, received: "layout \(state.format), this program reads up to \(format)",
        remedy: "use the release of swiftrec that wrote it, or a newer one")
    }
    let digest = try Self.digest(of: file.tensors.map { (name: $0.key, tensor: $0.value) })
    guard digest == file.metadata[digestKey] else {
      throw RunError(
        .corrupted, path: path,
        received:
          "tensors with checksum \(digest), the file says \(file.metadata[digestKey] ?? "none"): it was damaged",
        remedy: "restore the file, or train again")
    }
    var checkpoint = Checkpoint(model: [], state: state)
    for (name, tensor) in file.tensors.sorted(by: { $0.key < $1.key }) {
      if name.hasPrefix("optimizer/") {
        checkpoint.optimizer[String(name.dropFirst("optimizer/".count))] = tensor
      } else if name.contains("/") {
        checkpoint.run[name] = tensor
      } else {
        checkpoint.model.append((name, tensor))
      }
    }
    return checkpoint
  }

  /// Copies the weights into `recommender`.
  ///
  /// - Throws: `RunError` that lists every name and shape that does not fit; nothing is changed then.
  public func restore(_ recommender: any Recommender, path: String) throws {
    guard state.model == recommender.modelName else {
      throw RunError(
        .mismatch, path: path,
        received: "a checkpoint of model \"\(state.model)\", this run's model is \"\(recommender.modelName)\"",
        remedy: "give the checkpoint of this run, or the configuration that the checkpoint was trained with")
    }
    do {
      try recommender.loadStateDict(Dictionary(model, uniquingKeysWith: { first, _ in first }))
    } catch {
      throw RunError(
        .mismatch, path: path, received: "\(error)",
        remedy: "use the configuration and the data that the checkpoint was trained with")
    }
  }

  private static func contents(of path: String) throws -> Safetensors.Contents {
    do {
      return try Safetensors.read(path)
    } catch let error as SafetensorsError {
      throw RunError(
        .corrupted, path: path, received: error.message, remedy: "restore the file, or train again into another folder")
    }
  }

  /// The checksum of all names and bytes, whatever their order.
  private static func digest(of tensors: [(name: String, tensor: Tensor)]) throws -> String {
    var sum: UInt64 = 0
    for (name, tensor) in tensors.sorted(by: { $0.name < $1.name }) {
      sum = Array(name.utf8).withUnsafeBytes { XXHash64.hash($0, seed: sum) }
      let size = tensor.count * tensor.dtype.size
      guard size > 0 else { continue }
      sum = try tensor.withUnsafeData { XXHash64.hash(UnsafeRawBufferPointer(start: $0, count: size), seed: sum) }
    }
    return String(sum, radix: 16)
  }

  static func encoded(_ state: TrainingState) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(state)
  }
}
