import Sharding
import Torch
import TorchNN

/// The parts of tables and of their optimisers' state that this rank holds, by the names that a single process would save them
/// under.
struct ShardedState {
  /// A rectangle of a tensor `[rows, columns]`, or some elements of one with a number a row.
  struct Part {
    /// As a single process names the whole.
    let key: String
    /// As the module names it here; nil for an optimiser's state.
    let localName: String?
    let rows: Range<Int>
    /// nil for one number a row.
    let columns: Range<Int>?
    let tensor: Tensor
    let isReplica: Bool

    /// `key[0:500,0:16]`.
    var name: String {
      let columns = columns.map { ",\($0.lowerBound):\($0.upperBound)" } ?? ""
      return "\(key)[\(rows.lowerBound):\(rows.upperBound)\(columns)]"
    }
  }

  let parts: [Part]
  /// Names of counters: as this rank's collections have them, and as a single process would save them.
  let counters: [(local: String, global: String)]
  /// What the tables' names begin with where they are whole.
  let dividedPrefixes: [String]
  /// What the local collections' tensors and counters are called below their path, which single processes call otherwise.
  let localPrefixes: [String]

  init(_ module: Module) {
    var (parts, prefixes, divided) = ([Part](), [String](), [String]())
    var counters: [(local: String, global: String)] = []
    for (path, prefix, shards) in module.shards() {
      let below = path.isEmpty ? "" : "\(path)."
      prefixes.append("\(below)shards.")
      divided.append("\(below)\(prefix).")
      let own = "tables/\(below)shards"
      counters.append(("\(own)/learning_rate", "tables/\(path)/learning_rate"))
      for held in shards {
        let key = "\(prefix).\(held.table).weight"
        parts.append(
          Part(
            key: below + key, localName: "\(below)shards.\(prefix).\(held.name).weight", rows: held.shard.rows,
            columns: held.shard.columns, tensor: held.weight, isReplica: held.isReplica))
        counters.append(("\(own)/\(prefix).\(held.name).weight.step", "tables/\(path)/\(key).step"))
        for (state, tensor) in held.states.sorted(by: { $0.key < $1.key }) {
          parts.append(
            Part(
              key: "tables/\(path)/\(key).\(state)", localName: nil, rows: held.shard.rows,
              columns: tensor.rank == 2 ? held.shard.columns : nil, tensor: tensor, isReplica: held.isReplica))
        }
      }
    }
    self.parts = parts
    self.counters = counters
    dividedPrefixes = divided
    localPrefixes = prefixes
  }

  var isEmpty: Bool { localPrefixes.isEmpty }

  /// Whether a tensor of the module is one of the shards.
  func holds(_ name: String) -> Bool { localPrefixes.contains { name.hasPrefix($0) } }
}
