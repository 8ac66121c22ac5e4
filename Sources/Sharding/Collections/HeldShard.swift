import Sparse
import Torch

/// A shard that this rank holds: a rectangle of a table, its weights and the state of its optimiser.
public struct HeldShard: Sendable {
  public let table: String
  /// As this rank's collection calls it.
  public let name: String
  public let shard: TableShard
  /// Whether every rank holds the whole table.
  public let isReplica: Bool
  /// `[rows, columns]` of the shard; shared with the collection, not a copy.
  public let weight: Tensor
  /// By PyTorch's names; one number a row, or as the weight.
  public let states: [String: Tensor]
}

extension ShardedTables {
  /// - Parameters:
  ///   - weight: of a shard, by its name.
  ///   - states: `<prefix>.<name>.weight.<state>`, the optimiser's tensors.
  func held(
    _ configs: [any EmbeddingTableConfig], weight: (String) -> Tensor?, states: [(name: String, tensor: Tensor)],
    prefix: String
  ) -> [HeldShard] {
    held.compactMap { held in
      let config = configs[held.table]
      let name = name(held, config)
      guard let weight = weight(name) else { return nil }
      let path = "\(prefix).\(name).weight."
      let own = states.filter { $0.name.hasPrefix(path) }.map { (String($0.name.dropFirst(path.count)), $0.tensor) }
      return HeldShard(
        table: config.name, name: name, shard: held.shard, isReplica: held.isReplica, weight: weight,
        states: Dictionary(own) { first, _ in first })
    }
  }
}

extension ShardedEmbeddingBagCollection {
  /// What this rank holds, table by table.
  public func shards() -> [HeldShard] {
    guard let local else { return [] }
    return tables.held(
      configs, weight: local.weight(of:), states: local.fusedOptimizer().stateTensors, prefix: "embedding_bags")
  }
}

extension ShardedEmbeddingCollection {
  /// What this rank holds, table by table.
  public func shards() -> [HeldShard] {
    guard let local else { return [] }
    return tables.held(
      configs, weight: local.weight(of:), states: local.fusedOptimizer().stateTensors, prefix: "embeddings")
  }
}
