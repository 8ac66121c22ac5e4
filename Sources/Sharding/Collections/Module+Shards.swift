import TorchNN

extension Module {
  /// The shards that this rank holds in every divided collection at or below this module, with the dotted path of the collection.
  public func shards(path: String = "") -> [(path: String, prefix: String, shards: [HeldShard])] {
    var found: [(path: String, prefix: String, shards: [HeldShard])] = []
    if let bags = self as? ShardedEmbeddingBagCollection { found.append((path, "embedding_bags", bags.shards())) }
    if let rows = self as? ShardedEmbeddingCollection { found.append((path, "embeddings", rows.shards())) }
    for (name, module) in children { found += module.shards(path: path.isEmpty ? name : "\(path).\(name)") }
    return found
  }
}
