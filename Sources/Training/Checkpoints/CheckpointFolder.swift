import Foundation
import Torch

/// The checkpoints of a run on disk: the last one under a name of its own, those before it by their steps.
///
/// ```
/// last.safetensors        the newest
/// step-400.safetensors    one before it, because of `keep`, or because the newest holds only what changed since
/// last-400-1f3a/          of several processes: the shards that a file names
/// ```
struct CheckpointFolder: Sendable {
  /// What a checkpoint says that holds only the rows that changed since another one.
  struct Base: Codable, Equatable {
    static let key = "swiftrec.base"

    var file: String
    /// As ``Checkpoint/digestKey`` of that file.
    var digest: String

    /// - Returns: nil for a checkpoint that stands alone.
    static func read(_ metadata: [String: String]) throws -> Base? {
      try metadata[key].map { try JSONDecoder().decode(Base.self, from: Data($0.utf8)) }
    }
  }

  let path: String

  var last: String { "\(path)/last.safetensors" }

  static func name(ofStep step: Int) -> String { "step-\(step).safetensors" }

  /// Those before the last one, the newest first.
  var earlier: [(step: Int, path: String)] {
    names.compactMap { name in
      guard name.hasPrefix("step-"), name.hasSuffix(".safetensors"),
        let step = Int(name.dropFirst("step-".count).dropLast(".safetensors".count))
      else { return nil }
      return (step, "\(path)/\(name)")
    }.sorted { $0.step > $1.step }
  }

  /// All that a run may go on from, the newest first.
  var candidates: [String] { (RunDirectory.isThere(last) ? [last] : []) + earlier.map(\.path) }

  private var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

  /// The step of the last checkpoint, as it says itself; nil where it can't be read.
  var lastStep: Int? {
    let state = try? Safetensors.readMetadata(last)[Checkpoint.stateKey].map {
      try JSONDecoder().decode(TrainingState.self, from: Data($0.utf8))
    }
    return state?.step
  }

  /// Gives the last checkpoint its lasting name, before a newer one takes its place.
  ///
  /// - Parameter base: the step that the newer one builds on; nil for one that stands alone.
  /// - Throws: `RunError` when the base is gone.
  func keepLast(_ keep: Int, replacedAt step: Int, base: Int?) throws {
    if let own = lastStep, own == base || (keep > 1 && own != step) {
      try AtomicFile.addName("\(path)/\(Self.name(ofStep: own))", to: last)
    }
  }

  /// The checkpoint of a step, which another one builds on.
  func base(_ step: Int) throws -> Base {
    let file = Self.name(ofStep: step)
    guard let digest = try? Safetensors.readMetadata("\(path)/\(file)")[Checkpoint.digestKey] else {
      throw RunError(
        .missing, path: "\(path)/\(file)", received: "the checkpoint is gone that the next one builds on",
        remedy: "leave the files of a run alone while it trains, and resume it")
    }
    return Base(file: file, digest: digest)
  }

  /// Deletes what is neither among the newest nor built upon by one that stays, and then the folders of shards that no file names.
  func removeOld(_ keep: Int) {
    let earlier = earlier
    let stay = [last] + earlier.prefix(max(0, keep - 1)).map(\.path)
    let bases = stay.compactMap { file in
      (try? Safetensors.readMetadata(file)).flatMap { try? Base.read($0) }.map { "\(path)/\($0.file)" }
    }
    for file in earlier.map(\.path) where !stay.contains(file) && !bases.contains(file) {
      try? FileManager.default.removeItem(atPath: file)
    }
    removeUnnamed()
  }

  /// Deletes the folders of shards that no checkpoint names.
  func removeUnnamed() {
    var named: Set<String> = []
    for name in names where name.hasSuffix(".safetensors") {
      // A file that can't be read may name any of them.
      guard let metadata = try? Safetensors.readMetadata("\(path)/\(name)") else { return }
      if let index = try? ShardedCheckpoint.index(in: metadata) { named.insert(index.folder) }
    }
    for name in names where !named.contains(name) && name.contains("-") && !name.contains(".") {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  /// What a damaged checkpoint is called from then on.
  static func aside(_ file: String) -> String { "\(PathText.stem(of: file)).damaged" }

  /// Takes a damaged checkpoint out of the way, so that nothing builds on it and nothing counts it.
  func setAside(_ file: String) {
    _ = rename(file, "\(path)/\(Self.aside(file))")
  }
}
