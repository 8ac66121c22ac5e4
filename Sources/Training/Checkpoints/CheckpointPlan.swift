import Foundation
import Torch

/// One checkpoint as this rank writes it, with everything that it needs for that: nothing of it changes while training goes on.
struct CheckpointPlan: Sendable {
  var path: String
  /// A second name for the same file.
  var other: String?
  var state: TrainingState
  var rank: Int
  /// What rank 0 writes.
  var main: [Safetensors.Source]
  /// This rank's shards, and the folder for those of all ranks; nil where nothing is divided.
  var part: (folder: String, sources: [Safetensors.Source])?
  /// The step of the checkpoint that this one builds on; nil for one that stands alone.
  var base: Int?
  /// Of the run's last checkpoint; nil for the best weights, before which nothing is kept.
  var retention: (folder: CheckpointFolder, keep: Int, stateFile: String)?
  var pace: WritePace
  /// Where it is copied to when it is whole.
  var mirror: (store: CheckpointMirror, run: RunDirectory)?

  private var folder: String { PathText.folder(of: path) }

  /// The shards; when they are on disk everywhere the file that names them, and then what it replaces is deleted; and the copies.
  var phases: [CheckpointWriter.Phase] {
    var phases: [CheckpointWriter.Phase] = []
    if let part {
      phases.append(
        CheckpointWriter.Phase(what: "writing \(folder)/\(part.folder)") { _ in
          try FileManager.default.createDirectory(
            atPath: "\(folder)/\(part.folder)", withIntermediateDirectories: true)
          return try Checkpoint.write(part.sources, to: shard(of: part.folder), pace: pace)
        })
    }
    phases.append(
      CheckpointWriter.Phase(what: "writing \(path)") { digests in
        if rank == 0 { try writeMain(digests) }
        return ""
      })
    guard let mirror else { return phases }
    phases.append(
      CheckpointWriter.Phase(what: "copying \(path)") { _ in
        try Self.told {
          if let part { try mirror.store.send(shard: shard(of: part.folder), of: part.folder, pace: pace) }
        }
      })
    phases.append(
      CheckpointWriter.Phase(what: "copying \(path)") { failures in
        // What any rank could not send is missing for all.
        if let failure = failures.first(where: { !$0.isEmpty }) { return failure }
        return rank == 0 ? try Self.told { try publish() } : ""
      })
    return phases
  }

  /// What went wrong, for a store that may be away for a while: the run goes on without.
  private static func told(_ body: () throws -> Void) throws -> String {
    do {
      try body()
      return ""
    } catch let error where !(error is CheckpointCancelled) {
      return "\(error)"
    }
  }

  private func shard(of folder: String) -> String {
    "\(self.folder)/\(folder)/\(ShardedCheckpoint.name(ofRank: rank))"
  }

  private func publish() throws {
    guard let mirror else { return }
    let isLast = retention != nil
    let entry = CheckpointMirror.Entry(
      step: state.step,
      file: isLast ? CheckpointFolder.name(ofStep: state.step) : "best-\(state.step).safetensors",
      folder: part?.folder, base: base.map(CheckpointFolder.name))
    try mirror.store.publish(
      path, as: entry, isLast: isLast, isBest: !isLast || other != nil, keep: retention?.keep ?? 1, of: mirror.run,
      pace: pace)
  }

  private func writeMain(_ digests: [String]) throws {
    var metadata: [String: String] = [:]
    if let part {
      let index = ShardedCheckpoint.Index(folder: part.folder, digests: digests)
      metadata[ShardedCheckpoint.indexKey] = String(decoding: try JSONEncoder().encode(index), as: UTF8.self)
    }
    if let retention {
      try retention.folder.keepLast(retention.keep, replacedAt: state.step, base: base)
      if let base {
        metadata[CheckpointFolder.Base.key] = String(
          decoding: try JSONEncoder().encode(retention.folder.base(base)), as: UTF8.self)
      }
    }
    try Checkpoint.write(main, state: state, metadata: metadata, to: path, alsoAs: other, pace: pace)
    if let retention {
      try AtomicFile.write(Checkpoint.encoded(state), to: retention.stateFile)
      retention.folder.removeOld(retention.keep)
    } else {
      CheckpointFolder(path: folder).removeUnnamed()
    }
  }

  /// Takes away the shards of a checkpoint that was not written to its end.
  func discard() {
    if rank == 0, part != nil { CheckpointFolder(path: folder).removeUnnamed() }
  }
}
