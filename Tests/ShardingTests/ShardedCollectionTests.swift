import Sharding
import Sparse
import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite("Sharded collections")
struct ShardedCollectionTests {
  static let rules: [(String, EmbeddingOptimizer)] = [
    ("sgd", EmbeddingOptimizer(.sgd, learningRate: 0.1)),
    ("adagrad", EmbeddingOptimizer(.adagrad(epsilon: 1e-4), learningRate: 0.05, weightDecay: 0.01)),
    ("row-wise adagrad", EmbeddingOptimizer(.rowWiseAdagrad(epsilon: 1e-4), learningRate: 0.05, weightDecay: 0.01)),
    ("adam", EmbeddingOptimizer(.adam(epsilon: 1e-4), learningRate: 0.01)),
    ("adamw", EmbeddingOptimizer(.adamW(epsilon: 1e-4), learningRate: 0.01, weightDecay: 0.01)),
    ("row-wise adam", EmbeddingOptimizer(.rowWiseAdam(epsilon: 1e-4), learningRate: 0.01, weightDecay: 0.01)),
  ]

  @Test("every way to divide a table trains as one process on the joined batches", arguments: rules.indices)
  func parity(_ rule: Int) throws {
    let (name, optimizer) = Self.rules[rule]
    let world = try ShardedWorld()
    let steps = 100
    let one = try EmbeddingBagCollection(
      tables: world.configs, optimizer: optimizer, generator: Generator(seed: 7))
    var outputs: [[Double]] = []
    for step in 0..<steps {
      let pooled = try one(world.features(world.bags(step: step), rank: nil)).values
      if step < 2 { outputs.append(try pooled.doubles()) }
      try ShardedWorld.loss(pooled).backward()
    }
    let first = outputs
    let ranks = try Ranks.run(ShardedWorld.ranks) { group in
      let sharded = try ShardedEmbeddingBagCollection(
        tables: world.configs, optimizer: optimizer, plan: world.plan, group: group, generator: Generator(seed: 7))
      for step in 0..<steps {
        let pooled = try sharded(world.features(world.bags(step: step), rank: group.rank)).values
        if step < 2 {
          let width = pooled.shape[1]
          let expected = first[step][
            group.rank * ShardedWorld.batch * width..<(group.rank + 1) * ShardedWorld.batch * width]
          let worst = zip(try pooled.doubles(), expected).map { abs($0 - $1) }.max() ?? 0
          #expect(worst < 1e-5, "\(name), outputs of step \(step) on rank \(group.rank)")
        }
        try ShardedWorld.loss(pooled).backward()
      }
      return sharded.shards()
    }
    let states = try one.fusedOptimizer().state()
    for shard in ranks.flatMap(\.self) {
      let whole = try #require(one.weight(of: shard.table))
      try Self.expectPart(shard.weight, of: whole, shard.shard, "\(name): weight of \(shard.table)")
      for (state, tensor) in shard.states {
        let whole = try #require(states["embedding_bags.\(shard.table).weight.\(state)"])
        try Self.expectPart(tensor, of: whole, shard.shard, "\(name): \(state) of \(shard.table)")
      }
    }
  }

  private static func expectPart(_ part: Tensor, of whole: Tensor, _ shard: TableShard, _ what: String) throws {
    var expected = try whole.rows(shard.rows)
    if whole.rank == 2 { expected = try expected.narrow(dim: 1, start: shard.firstColumn, length: shard.columnCount) }
    try expectClose(part.detach(), expected.detach(), tolerance: 1e-5, what)
  }
}
