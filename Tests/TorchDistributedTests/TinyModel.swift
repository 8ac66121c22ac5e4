import Torch
import TorchDistributed
import TorchNN

/// A small network with everything that data parallelism must treat: several sizes, a buffer, a part that some batches skip.
final class TinyModel: Module {
  let body: MLP
  let norm: BatchNorm1d
  let head: Linear
  /// Added where a batch asks for it.
  let side: Linear
  let table: Embedding

  init(seed: UInt64, sparse: Bool = false) throws {
    let generator = try Generator(seed: seed)
    let members = Members()
    table = members.add("table", try Embedding(11, 6, sparse: sparse, generator: generator))
    body = members.add("body", try MLP([6, 37, 12], activation: .tanh, generator: generator))
    norm = members.add("norm", try BatchNorm1d(12))
    head = members.add("head", try Linear(12, 1, generator: generator))
    side = members.add("side", try Linear(12, 1, generator: generator))
    super.init(members)
    norm.eval()
  }

  func loss(_ ids: Tensor, _ target: Tensor, usesSide: Bool = false) throws -> Tensor {
    let features = try norm(body(table(ids)))
    let base = try head(features)
    return try Loss.mse(usesSide ? base + side(features) : base, target)
  }

  /// `N` rows of a fixed task.
  static func batch(_ rows: Int, step: Int) throws -> (ids: Tensor, target: Tensor) {
    let generator = try Generator(seed: 1000 + UInt64(step))
    return (
      try Tensor.randint(high: 11, shape: [rows], generator: generator),
      try Tensor.randn([rows, 1], generator: generator)
    )
  }

  /// The rows of one rank.
  static func part(_ rows: Int, step: Int, of group: ProcessGroup) throws -> (ids: Tensor, target: Tensor) {
    let (ids, target) = try batch(rows, step: step)
    let share = rows / group.size
    let range = group.rank * share..<(group.rank + 1) * share
    return (try ids.rows(range), try target.rows(range))
  }

  /// All parameters, one behind the other.
  func values() throws -> [Double] { try namedParameters().flatMap { try $0.tensor.doubles() } }
}

/// The largest distance of two lists.
func distance(_ a: [Double], _ b: [Double]) -> Double {
  a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}
