import Torch

extension CheckpointFile {
  /// Some rows of a tensor, or of a rectangle of it.
  struct ChangedRows {
    /// `item.weight`, `item.weight[0:500,0:16]`.
    let name: String
    let file: Safetensors.File
    let rows: Safetensors.Entry
    let values: Safetensors.Entry
  }

  /// Takes the changed rows out of a file's tensors.
  ///
  /// - Returns: the tensors that are there as a whole.
  func takeChanges(_ file: Safetensors.File) throws -> [Safetensors.Entry] {
    let byName = Dictionary(file.entries.map { ($0.name, $0) }) { first, _ in first }
    return try file.entries.filter { entry in
      if entry.name.hasSuffix(TensorParts.valuesSuffix) { return false }
      guard entry.name.hasSuffix(TensorParts.rowsSuffix) else { return true }
      let name = String(entry.name.dropLast(TensorParts.rowsSuffix.count))
      guard let values = byName[name + TensorParts.valuesSuffix], entry.shape.count == 1, entry.dtype == .int64,
        values.shape.first == entry.shape[0]
      else { throw unfit(file, "rows of \(name) without their values") }
      changes.append(ChangedRows(name: name, file: file, rows: entry, values: values))
      return false
    }
  }

  /// Takes what did not change from the checkpoint that this one builds on.
  func buildOnBase(_ metadata: [String: String]) throws {
    guard let base = try? CheckpointFolder.Base.read(metadata), base.file == PathText.name(of: base.file) else {
      guard metadata[CheckpointFolder.Base.key] == nil, changes.isEmpty else {
        throw RunError(
          .corrupted, path: path, received: "changed rows, and no word of what they changed",
          remedy: "restore the file, or train again")
      }
      return
    }
    let place = "\(PathText.folder(of: path))/\(base.file)"
    let digest = try? Safetensors.readMetadata(place)[Checkpoint.digestKey]
    guard digest == base.digest else {
      throw RunError(
        .corrupted, path: place,
        received: "\(digest.map { "checksum \($0)" } ?? "no such checkpoint"), \(path) builds on \(base.digest)",
        remedy: "restore it, or train again")
    }
    found.merge(try CheckpointFile(place).found) { own, _ in own }
    for change in changes {
      let (key, columns) = TensorParts.parse(change.name).map { ($0.key, $0.columns) } ?? (change.name, nil)
      let width = Array(change.values.shape.dropFirst())
      guard let whole = found[key], change.values.dtype == whole.dtype,
        width == (columns.map { [$0.count] } ?? Array(whole.shape.dropFirst())),
        (columns?.upperBound ?? 0) <= (whole.shape.count == 2 ? whole.shape[1] : 0)
      else { throw unfit(change.file, "rows of \(key), of which \(place) has none or others") }
      found[key]?.add(
        TensorParts.Change(file: change.file, rows: change.rows, values: change.values, columns: columns))
    }
  }

  private func unfit(_ file: Safetensors.File, _ received: String) -> RunError {
    RunError(.corrupted, path: file.path, received: received, remedy: "restore the file, or train again")
  }
}
