import TorchNN

extension Module {
  /// The optimisers that run in backward, of every collection at or below this module, each with the dotted path of its
  /// collection: empty for this module itself. Collections that are trained from outside are left out.
  public func fusedOptimizers(path: String = "") -> [(path: String, optimizer: FusedEmbeddingOptimizer)] {
    var found: [(path: String, optimizer: FusedEmbeddingOptimizer)] = []
    let tables: EmbeddingTables? = (self as? EmbeddingBagCollection)?.tables ?? (self as? EmbeddingCollection)?.tables
    if let tables, tables.tables.contains(where: { $0.optimizer != nil }) {
      let prefix = self is EmbeddingBagCollection ? "embedding_bags" : "embeddings"
      found.append((path, FusedEmbeddingOptimizer(tables, prefix: prefix)))
    }
    for (name, module) in children {
      found += module.fusedOptimizers(path: path.isEmpty ? name : "\(path).\(name)")
    }
    return found
  }
}
