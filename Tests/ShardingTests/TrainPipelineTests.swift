import Sharding
import Sparse
import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite("Pipelines of sharded collections")
struct TrainPipelineTests {
  private static let optimizer = EmbeddingOptimizer(.rowWiseAdagrad(epsilon: 1e-4), learningRate: 0.05)
  private static let steps = 12
  /// After which step something is saved, and other features are looked up in between.
  private static let saved = 5

  /// What a rank holds after it has trained, and what each step has read.
  private struct Trained: Sendable {
    var shards: [HeldShard] = []
    var outputs: [[Double]] = []
    var weights: [[Double]] = []
  }

  private static func train(
    _ world: ShardedWorld, _ mode: PipelineMode, saves: Bool = false, prefetches: Bool = false
  ) throws -> [Trained] {
    try Ranks.run(ShardedWorld.ranks) { group in
      let sharded = try ShardedEmbeddingBagCollection(
        tables: world.configs, optimizer: optimizer, plan: world.plan, group: group, generator: Generator(seed: 7))
      var (loaded, done) = (0, 0)
      let pipeline = TrainPipeline(mode, prefetches: prefetches, tables: sharded, features: { $0 }) {
        () -> KeyedJaggedTensor? in
        guard loaded < steps else { return nil }
        loaded += 1
        return try world.features(world.bags(step: loaded - 1), rank: group.rank)
      }
      var found = Trained()
      while let batch = try pipeline.next() {
        let pooled = try sharded(batch).values
        found.outputs.append(try pooled.doubles())
        try pipeline.forwardEnded()
        try ShardedWorld.loss(pooled).backward()
        try pipeline.backwardEnded()
        if done == saved {
          // As a validation does.
          _ = try noGrad { try sharded(world.features(world.bags(step: 40), rank: group.rank)) }
          if saves { pipeline.lookUpAgain() }
        }
        done += 1
      }
      #expect(done == steps)
      #expect(try pipeline.next() == nil)
      found.shards = sharded.shards()
      found.weights = try found.shards.map { try $0.weight.detach().doubles() }
      return found
    }
  }

  @Test("exact: the same bits as without", arguments: [false, true])
  func exact(prefetches: Bool) throws {
    let world = try ShardedWorld()
    let (off, exact) = (try Self.train(world, .off), try Self.train(world, .exact, prefetches: prefetches))
    for (a, b) in zip(off, exact) {
      #expect(a.outputs == b.outputs && a.weights == b.weights && !a.weights.isEmpty)
    }
  }

  @Test("semi-sync: each batch reads rows that lack the update of the batch before", arguments: [false, true])
  func semiSync(saves: Bool) throws {
    let world = try ShardedWorld()
    let one = try EmbeddingBagCollection(
      tables: world.configs, optimizer: Self.optimizer, generator: Generator(seed: 7))
    func rows(_ step: Int) throws -> Tensor { try one(world.features(world.bags(step: step), rank: nil)).values }
    var ahead = [try rows(0)]
    var outputs: [[Double]] = []
    for step in 0..<Self.steps {
      // What is saved continues with a lookup of its own.
      if saves, step == Self.saved + 1 { ahead = [try rows(step)] }
      if step + 1 < Self.steps { ahead.append(try rows(step + 1)) }
      let pooled = ahead.removeFirst()
      outputs.append(try pooled.doubles())
      try ShardedWorld.loss(pooled).backward()
    }
    let ranks = try Self.train(world, .semiSync, saves: saves)
    let exact = try Self.train(world, .exact)
    for step in 0..<Self.steps {
      let joined = ranks.flatMap { $0.outputs[step] }
      #expect(joined.count == outputs[step].count)
      #expect(zip(joined, outputs[step]).allSatisfy { abs($0 - $1) < 1e-5 }, "step \(step)")
      let differs = zip(joined, exact.flatMap { $0.outputs[step] }).contains { abs($0 - $1) > 1e-5 }
      #expect(differs == (step > 0), "step \(step) of the exact pipeline")
    }
    for shard in ranks.flatMap(\.shards) {
      let whole = try #require(one.weight(of: shard.table))
      let part = try whole.rows(shard.shard.rows)
        .narrow(dim: 1, start: shard.shard.firstColumn, length: shard.shard.columnCount)
      try expectClose(shard.weight.detach(), part.detach(), tolerance: 1e-5, shard.table)
    }
  }

  @Test("the timeline shows ids that travel while the batch before is computed")
  func timeline() throws {
    let world = try ShardedWorld()
    let found = try Ranks.run(ShardedWorld.ranks) { group in
      try group.setLatency(.milliseconds(30))
      let timeline = Timeline(steps: 4)
      group.timeline = timeline
      let sharded = try ShardedEmbeddingBagCollection(
        tables: world.configs, optimizer: Self.optimizer, plan: world.plan, group: group, generator: Generator(seed: 7))
      var loaded = 0
      let pipeline = TrainPipeline(.exact, tables: sharded, features: { $0 }) { () -> KeyedJaggedTensor? in
        loaded += 1
        return try world.features(world.bags(step: loaded), rank: group.rank)
      }
      for batch in 0..<6 {
        timeline.begin(batch: batch)
        let features = try #require(try pipeline.next())
        let pooled = try sharded(features).values
        try pipeline.forwardEnded()
        try timeline.span(.backward) { try ShardedWorld.loss(pooled).backward() }
        try pipeline.backwardEnded()
      }
      #expect(timeline.isFull)
      return timeline.events
    }
    for events in found {
      #expect(events.allSatisfy { $0.start <= $0.end })
      for batch in 0..<3 {
        let ids = events.filter { $0.isTravelling && $0.stage == .inputExchange && $0.batch == batch + 1 }
        // Numbers, lengths, ids.
        #expect(ids.count == 3)
        let work = events.filter { $0.stage == .backward && $0.batch == batch }
        #expect(ids.contains { way in work.contains { $0.start < way.end && way.start < $0.end } }, "batch \(batch)")
      }
      // The processor does one thing at a time.
      let spans = events.filter { !$0.isTravelling }.sorted { $0.start < $1.start }
      #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.end <= $1.start })
    }
  }
}
