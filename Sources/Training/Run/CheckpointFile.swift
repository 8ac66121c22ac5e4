import Foundation
import Models
import Torch
import TorchNN

/// A checkpoint on disk: checked as a whole when it is opened, its tensors taken one at a time, so that restoring a model never
/// holds its tables twice.
public final class CheckpointFile {
  public let path: String
  public let state: TrainingState
  private let file: Safetensors.File

  /// - Throws: `RunError` for a missing file, one that is cut off or changed, one without a state, or one of a newer layout.
  public init(_ path: String) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      throw RunError(
        .missing, path: path, received: "there is no checkpoint",
        remedy: "train the run to the end of its first epoch, or name another run")
    }
    do {
      file = try Safetensors.File(path)
    } catch let error as SafetensorsError {
      throw RunError(
        .corrupted, path: path, received: error.message, remedy: "restore the file, or train again into another folder")
    }
    guard let text = file.metadata[Checkpoint.stateKey] else {
      throw RunError(
        .corrupted, path: path, received: "safetensors without \"\(Checkpoint.stateKey)\" in its metadata",
        remedy: "give a checkpoint that swiftrec wrote")
    }
    guard let state = try? JSONDecoder().decode(TrainingState.self, from: Data(text.utf8)) else {
      throw RunError(
        .corrupted, path: path, received: "a state that cannot be read: \(text.prefix(80))",
        remedy: "restore the file, or train again")
    }
    guard state.format <= Checkpoint.format else {
      throw RunError(
        .mismatch, path: path, received: "layout \(state.format), this program reads up to \(Checkpoint.format)",
        remedy: "use the release of swiftrec that wrote it, or a newer one")
    }
    self.state = state
    var digest = Checkpoint.Digest()
    for entry in file.entries {
      try digest.add(entry.name) { add in try file.forEachPiece(of: entry, add) }
    }
    guard digest.text == file.metadata[Checkpoint.digestKey] else {
      throw RunError(
        .corrupted, path: path,
        received:
          "tensors with checksum \(digest.text), the file says \(file.metadata[Checkpoint.digestKey] ?? "none"): it was damaged",
        remedy: "restore the file, or train again")
    }
  }

  /// The model's own tensors: those without a slash in their names.
  var model: [Safetensors.Entry] { file.entries.filter { !$0.name.contains("/") } }

  func tensor(_ entry: Safetensors.Entry) throws -> Tensor { try file.tensor(entry) }

  /// The run's tensors whose names begin with `prefix`, by the rest of the name.
  ///
  /// - Parameter isWanted: asked for each rest of a name.
  func tensors(_ prefix: String, where isWanted: (String) -> Bool = { _ in true }) throws -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for entry in file.entries where entry.name.contains("/") && entry.name.hasPrefix(prefix) {
      let rest = String(entry.name.dropFirst(prefix.count))
      if isWanted(rest) { found[rest] = try file.tensor(entry) }
    }
    return found
  }

  /// Copies the weights into `module`.
  ///
  /// - Throws: `RunError` that lists every name and shape that does not fit; nothing is changed then.
  public func restore(_ module: Module, named name: String) throws {
    try Checkpoint.require(state, of: name, path: path)
    let entries = Dictionary(uniqueKeysWithValues: model.map { ($0.name, $0) })
    try Checkpoint.fitting(path) {
      try module.load(entries.values.map { ($0.name, $0.shape, $0.dtype) }) { name, tensor in
        if let entry = entries[name] { try file.copy(entry, into: tensor) }
      }
    }
  }

  /// Copies tensors of the run into those of the same names.
  ///
  /// - Throws: `RunError` that lists every name that is not there or has another shape; nothing is changed then.
  func copy(into tensors: [NamedTensor]) throws {
    let entries = Dictionary(uniqueKeysWithValues: file.entries.map { ($0.name, $0) })
    let faults = tensors.compactMap { name, tensor -> String? in
      guard let entry = entries[name] else { return "missing: \"\(name)\"" }
      return entry.shape == tensor.shape && entry.dtype == tensor.dtype
        ? nil : "\"\(name)\": received \(entry.dtype.name) \(entry.shape), the run has \(tensor.summary)"
    }
    guard faults.isEmpty else {
      throw RunError(
        .mismatch, path: path, received: faults.joined(separator: "; "),
        remedy: "resume with the configuration that the run was made with")
    }
    for (name, tensor) in tensors {
      if let entry = entries[name] { try file.copy(entry, into: tensor) }
    }
  }
}
