import Foundation
import Sharding
import Torch
import TorchDistributed

/// A checkpoint that every rank writes its part of: rank 0 the usual file, each rank its shards beside it.
///
/// ```
/// checkpoints/last.safetensors                what all ranks have, and the index of the shards
/// checkpoints/last-000500-1f3a/rank-0.safetensors   features.embeddings.embedding_bags.item.weight[0:500,0:16], ...
/// ```
/// The shards lie in a folder of their own, and the file that names it is renamed into its place when all of them are on disk: at any
/// moment the file that is there is whole with all its shards. Folders that no file names are deleted afterwards.
struct ShardedCheckpoint {
  static let indexKey = "swiftrec.shards"

  /// What the main file says of the shards.
  struct Index: Codable, Equatable {
    struct File: Codable, Equatable {
      var name: String
      /// As ``Checkpoint/digestKey`` of that file.
      var digest: String
    }

    /// Beside the main file.
    var folder: String
    var files: [File]
  }

  private let checkpoint: Checkpoint
  private let state: ShardedState
  private let world: TrainingWorld

  init(_ checkpoint: Checkpoint, _ state: ShardedState, in world: TrainingWorld) {
    self.checkpoint = checkpoint
    self.state = state
    self.world = world
  }

  /// Every rank calls it; on all of them it throws when one could not write, and the checkpoint before stays as it is.
  func save(to path: String, alsoAs other: String?) throws {
    let main = world.isMain ? try mainTensors() : []
    guard !state.isEmpty else {
      return try world.onMain("writing \(path)") { try write(main, nil, to: path, alsoAs: other) }
    }
    let (folder, stem) = (PathText.folder(of: path), PathText.stem(of: path))
    let mark = String(UInt16.random(in: .min ... .max), radix: 16)
    let name = try world.gather("\(stem)-\(checkpoint.state.step)-\(mark)")[0]
    let shards = "\(folder)/\(name)"
    let file = "rank-\(world.rank).safetensors"
    let tensors = partTensors()
    var digest = ""
    do {
      digest = try world.together("writing \(shards)") {
        try FileManager.default.createDirectory(atPath: shards, withIntermediateDirectories: true)
        let digest = try Checkpoint.digest(of: tensors)
        try Safetensors.write(
          tensors, metadata: ["format": "pt", Checkpoint.digestKey: digest], to: "\(shards)/\(file)")
        return digest
      }
    } catch {
      if world.isMain { try? FileManager.default.removeItem(atPath: shards) }
      throw error
    }
    let digests = try world.gather(digest)
    let index = Index(
      folder: name, files: digests.enumerated().map { .init(name: "rank-\($0).safetensors", digest: $1) })
    try world.onMain("writing \(path)") {
      try write(main, index, to: path, alsoAs: other)
      Self.removeUnnamed(in: folder)
    }
  }

  private func write(
    _ tensors: [(name: String, tensor: Tensor)], _ index: Index?, to path: String, alsoAs other: String?
  ) throws {
    var metadata = [
      "format": "pt", Checkpoint.stateKey: String(decoding: try Checkpoint.encoded(checkpoint.state), as: UTF8.self),
      Checkpoint.digestKey: try Checkpoint.digest(of: tensors),
    ]
    if let index { metadata[Self.indexKey] = String(decoding: try JSONEncoder().encode(index), as: UTF8.self) }
    try Safetensors.write(tensors, metadata: metadata, to: path, alsoAs: other)
  }

  /// What rank 0 writes: all that is not divided, and the tables that every rank has.
  private func mainTensors() throws -> [(name: String, tensor: Tensor)] {
    checkpoint.tensors.filter { !isLocal($0.name) }
      + state.parts.filter(\.isReplica).map { (name: $0.key, tensor: $0.tensor) } + counters
  }

  /// What this rank writes: its rectangles, and how often their tables were updated.
  private func partTensors() -> [(name: String, tensor: Tensor)] {
    state.parts.filter { !$0.isReplica }.map { (name: $0.name, tensor: $0.tensor) } + (world.isMain ? [] : counters)
  }

  /// Tensors that only this rank's own collections call so.
  private func isLocal(_ name: String) -> Bool {
    state.holds(name) || state.localPrefixes.contains { name.hasPrefix("tables/\($0.dropLast())/") }
  }

  /// The counters of this rank's shards, under the names of their tables.
  private var counters: [(name: String, tensor: Tensor)] {
    state.counters.flatMap { local, global in
      checkpoint.run[local].map { [(name: global, tensor: $0)] } ?? []
    }.sorted { $0.name < $1.name }
  }

  /// Deletes the folders of shards that neither checkpoint names.
  static func removeUnnamed(in folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    var named: Set<String> = []
    for name in names where name.hasSuffix(".safetensors") {
      // A file that can't be read may name any of them.
      guard let metadata = try? Safetensors.readMetadata("\(folder)/\(name)") else { return }
      if let index = try? index(in: metadata) { named.insert(index.folder) }
    }
    for name in names where !named.contains(name) && name.contains("-") && !name.contains(".") {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
    }
  }

  static func index(in metadata: [String: String]) throws -> Index? {
    try metadata[indexKey].map { try JSONDecoder().decode(Index.self, from: Data($0.utf8)) }
  }
}
