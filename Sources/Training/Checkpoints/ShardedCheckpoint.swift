import Foundation
import Sharding
import Torch
import TorchDistributed

/// Which rank writes what of a checkpoint: rank 0 the usual file, each rank its shards beside it.
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

    /// - Parameter digests: of the ranks' files, in their order.
    init(folder: String, digests: [String]) {
      self.folder = folder
      files = digests.enumerated().map { File(name: ShardedCheckpoint.name(ofRank: $0), digest: $1) }
    }
  }

  static func name(ofRank rank: Int) -> String { "rank-\(rank).safetensors" }

  static func index(in metadata: [String: String]) throws -> Index? {
    try metadata[indexKey].map { try JSONDecoder().decode(Index.self, from: Data($0.utf8)) }
  }

  private let checkpoint: Checkpoint
  private let state: ShardedState
  private let isMain: Bool

  init(_ checkpoint: Checkpoint, _ state: ShardedState, isMain: Bool) {
    self.checkpoint = checkpoint
    self.state = state
    self.isMain = isMain
  }

  /// What rank 0 writes: all that is not divided, and the tables that every rank has.
  func main() -> [TensorCopies.Item] {
    guard isMain else { return [] }
    return checkpoint.tensors.filter { !isLocal($0.name) }.map { TensorCopies.Item(name: $0.name, tensor: $0.tensor) }
      + state.parts.filter(\.isReplica).map { TensorCopies.Item(name: $0.key, tensor: $0.tensor) } + counters
  }

  /// What this rank writes: its rectangles, and how often their tables were updated. nil where nothing is divided.
  func part() -> [TensorCopies.Item]? {
    guard !state.isEmpty else { return nil }
    return state.parts.filter { !$0.isReplica }.map {
      TensorCopies.Item(name: $0.name, tensor: $0.tensor, firstRow: $0.rows.lowerBound)
    } + (isMain ? [] : counters)
  }

  /// Tensors that only this rank's own collections call so.
  private func isLocal(_ name: String) -> Bool {
    state.holds(name) || state.localPrefixes.contains { name.hasPrefix("tables/\($0.dropLast())/") }
  }

  /// The counters of this rank's shards, under the names of their tables.
  private var counters: [TensorCopies.Item] {
    state.counters.flatMap { local, global in
      checkpoint.run[local].map { [TensorCopies.Item(name: global, tensor: $0)] } ?? []
    }.sorted { $0.name < $1.name }
  }
}
