import Foundation
import Models
import Torch
import TorchNN

/// A checkpoint on disk: checked as a whole when it is opened, its tensors taken one at a time, so that restoring a model never
/// holds its tables twice.
public final class CheckpointFile {
  public let path: String
  public let state: TrainingState
  /// By name: whole tensors, and those that lie in the shards of several processes.
  var found: [String: TensorParts] = [:]
  /// Rows that changed since the checkpoint that this one builds on, by the names of what they are rows of.
  var changes: [ChangedRows] = []

  /// - Throws: `RunError` for a missing file, one that is cut off or changed, one without a state, or one of a newer layout.
  public init(_ path: String) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      throw RunError(
        .missing, path: path, received: "there is no checkpoint",
        remedy: "train the run to the end of its first epoch, or name another run")
    }
    let file: Safetensors.File
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
    try Self.check(file, digest: file.metadata[Checkpoint.digestKey])
    for entry in try takeChanges(file) { found[entry.name] = TensorParts(file, entry) }
    try openShards(of: file)
    try buildOnBase(file.metadata)
  }

  private static func check(_ file: Safetensors.File, digest expected: String?) throws {
    var digest = CheckpointDigest()
    for entry in file.entries {
      digest.begin(entry.name)
      try file.forEachPiece(of: entry) { digest.add($0) }
    }
    guard digest.text == expected else {
      throw RunError(
        .corrupted, path: file.path,
        received:
          "tensors with checksum \(digest.text), \(expected ?? "none") was written: it was damaged or is another's",
        remedy: "restore the file, or train again")
    }
  }

  /// Opens the shards that the file names, and puts their pieces together.
  private func openShards(of file: Safetensors.File) throws {
    guard let text = file.metadata[ShardedCheckpoint.indexKey] else { return }
    guard let index = try? ShardedCheckpoint.index(in: file.metadata), !index.folder.contains("/") else {
      throw RunError(
        .corrupted, path: path, received: "an index of shards that cannot be read: \(text.prefix(80))",
        remedy: "restore the file, or train again")
    }
    for shard in index.files {
      let place = "\(PathText.folder(of: path))/\(index.folder)/\(PathText.name(of: shard.name))"
      let pieces: Safetensors.File
      do {
        pieces = try Safetensors.File(place)
      } catch {
        throw RunError(
          .corrupted, path: place, received: "a shard of \(path) that cannot be read (\(error))",
          remedy: "restore the folder \(index.folder) with all \(index.files.count) files, or train again")
      }
      try Self.check(pieces, digest: shard.digest)
      for entry in try takeChanges(pieces) {
        guard let (key, rows, columns) = TensorParts.parse(entry.name) else {
          if found[entry.name] == nil { found[entry.name] = TensorParts(pieces, entry) }
          continue
        }
        guard entry.shape == [rows.count] + (columns.map { [$0.count] } ?? []) else {
          throw RunError(
            .corrupted, path: place, received: "\(entry.name) of shape \(entry.shape)",
            remedy: "restore the file, or train again")
        }
        let part = TensorParts.Part(file: pieces, entry: entry, rows: rows, columns: columns)
        if found[key] == nil { found[key] = TensorParts(part) } else { found[key]?.add(part) }
      }
    }
    let holes = found.filter { !$0.value.isComplete }.keys.sorted()
    guard holes.isEmpty else {
      throw RunError(
        .corrupted, path: path, received: "shards that leave holes in \(holes.joined(separator: ", "))",
        remedy: "restore the folder \(index.folder), or train again")
    }
  }

  /// The names of the model's own tensors: those without a slash.
  var model: [String] { found.keys.filter { !$0.contains("/") }.sorted() }

  func tensor(_ name: String) throws -> Tensor {
    guard let parts = found[name] else {
      throw RunError(
        .mismatch, path: path, received: "no tensor \"\(name)\"", remedy: "give the checkpoint of this run")
    }
    return try parts.tensor()
  }

  /// The run's tensors whose names begin with `prefix`, by the rest of the name.
  ///
  /// - Parameter isWanted: asked for each rest of a name.
  func tensors(_ prefix: String, where isWanted: (String) -> Bool = { _ in true }) throws -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (name, parts) in found where name.contains("/") && name.hasPrefix(prefix) {
      let rest = String(name.dropFirst(prefix.count))
      if isWanted(rest) { tensors[rest] = try parts.tensor() }
    }
    return tensors
  }

  /// Copies the weights into `module`.
  ///
  /// - Throws: `RunError` that lists every name and shape that does not fit; nothing is changed then.
  public func restore(_ module: Module, named name: String) throws {
    try restore(module, named: name, sharded: ShardedState(module))
  }

  /// - Parameter sharded: what this rank holds of the module's divided tables, whatever the plan that the checkpoint was
  ///   written under.
  func restore(_ module: Module, named name: String, sharded: ShardedState) throws {
    try Checkpoint.require(state, of: name, path: path)
    let local = Dictionary(
      sharded.parts.compactMap { part in part.localName.map { ($0, part) } }, uniquingKeysWith: { first, _ in first })
    try requireTables(of: sharded)
    // What the shards were cut from is theirs, and unknown to the module.
    let divided = Set(found.keys.filter { name in sharded.dividedPrefixes.contains { name.hasPrefix($0) } })
    var entries = model.filter { !divided.contains($0) }.compactMap { name in
      found[name].map { (name: name, shape: $0.shape, dtype: $0.dtype) }
    }
    entries += local.map { (name: $0.key, shape: $0.value.tensor.shape, dtype: $0.value.tensor.dtype) }
    try Checkpoint.fitting(path) {
      try module.load(entries) { name, tensor in
        if let part = local[name] {
          try found[part.key]?.copy(rows: part.rows, columns: part.columns, into: tensor)
        } else {
          try found[name]?.copy(into: tensor)
        }
      }
    }
    for part in sharded.parts where part.localName == nil {
      try found[part.key]?.copy(rows: part.rows, columns: part.columns, into: part.tensor)
    }
  }

  /// - Throws: `RunError` that lists every table of the shards that is not there or has another size.
  private func requireTables(of sharded: ShardedState) throws {
    let faults = sharded.parts.compactMap { part -> String? in
      // Weights that are only looked up have no optimiser's state.
      guard let whole = found[part.key] else { return part.localName == nil ? nil : "missing: \"\(part.key)\"" }
      let rows = whole.shape.first ?? 0
      let columns = whole.shape.count == 2 ? whole.shape[1] : nil
      let fits =
        part.rows.upperBound <= rows && (part.columns == nil) == (columns == nil)
        && (part.columns?.upperBound ?? 0) <= columns ?? 0
      return fits ? nil : "\"\(part.key)\": received \(whole.shape), the run has \(part.name)"
    }
    guard faults.isEmpty else {
      throw RunError(
        .mismatch, path: path, received: faults.joined(separator: "; "),
        remedy: "resume with the configuration that the run was made with")
    }
  }

  /// Copies tensors of the run into those of the same names.
  ///
  /// - Throws: `RunError` that lists every name that is not there or has another shape; nothing is changed then.
  func copy(into tensors: [NamedTensor]) throws {
    let faults = tensors.compactMap { name, tensor -> String? in
      guard let parts = found[name] else { return "missing: \"\(name)\"" }
      return parts.shape == tensor.shape && parts.dtype == tensor.dtype
        ? nil : "\"\(name)\": received \(parts.dtype.name) \(parts.shape), the run has \(tensor.summary)"
    }
    guard faults.isEmpty else {
      throw RunError(
        .mismatch, path: path, received: faults.joined(separator: "; "),
        remedy: "resume with the configuration that the run was made with")
    }
    for (name, tensor) in tensors { try found[name]?.copy(into: tensor) }
  }
}
