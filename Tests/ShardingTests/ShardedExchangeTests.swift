import Sharding
import Sparse
import TestSupport
import Testing
import Torch
import TorchDistributed

@Suite("Exchanges of sharded collections")
struct ShardedExchangeTests {
  private static let optimizer = EmbeddingOptimizer(.adagrad(epsilon: 1e-4), learningRate: 0.05)

  @Test("weights of ids and their gradients travel too")
  func weighted() throws {
    let world = try ShardedWorld()
    let bags = world.bags(step: 3)
    @Sendable func gradients(_ features: KeyedJaggedTensor, _ lookUp: (KeyedJaggedTensor) throws -> Tensor) throws -> (
      Tensor, Tensor
    ) {
      let weights = try #require(features.weights).clone().requiresGrad_()
      let weighted = try KeyedJaggedTensor(
        keys: features.keys, values: features.values, lengths: features.lengths, weights: weights,
        stride: features.stride)
      let pooled = try lookUp(weighted)
      try ShardedWorld.loss(pooled).backward()
      return (try pooled.detach(), try #require(weights.grad))
    }
    let one = try EmbeddingBagCollection(
      tables: world.configs, isWeighted: true, optimizer: Self.optimizer, generator: Generator(seed: 7))
    let whole = try gradients(world.features(bags, rank: nil, weighted: true)) { try one($0).values }
    let ranks = try Ranks.run(ShardedWorld.ranks) { group in
      let sharded = try ShardedEmbeddingBagCollection(
        tables: world.configs, isWeighted: true, optimizer: Self.optimizer, plan: world.plan, group: group,
        generator: Generator(seed: 7))
      return try gradients(world.features(bags, rank: group.rank, weighted: true)) { try sharded($0).values }
    }
    try expectClose(Tensor.cat(ranks.map(\.0)), whole.0, tolerance: 1e-5, "pooled")
    // A rank's gradient is that of its own loss, four times its share of the joined one; key-major, as the ids stand.
    let lengths = try (0..<ShardedWorld.ranks).map { try world.features(bags, rank: $0).lengthPerKey }
    var places = [Int](repeating: 0, count: ShardedWorld.ranks)
    var joined: [Tensor] = []
    for key in world.features.indices {
      for rank in 0..<ShardedWorld.ranks {
        joined.append(try ranks[rank].1.narrow(dim: 0, start: places[rank], length: lengths[rank][key]))
        places[rank] += lengths[rank][key]
      }
    }
    try expectClose(Tensor.cat(joined), whole.1 * Double(ShardedWorld.ranks), tolerance: 1e-4, "gradients of weights")
  }

  @Test("sequences: a row an id, every way to divide a table")
  func sequences() throws {
    let world = try ShardedWorld()
    let configs = world.configs.map {
      EmbeddingConfig(
        name: $0.name, numEmbeddings: $0.numEmbeddings, embeddingDim: $0.embeddingDim, featureNames: $0.featureNames)
    }
    @Sendable func loss(_ rows: [String: JaggedTensor], _ names: [String], divisor: Double) throws -> Tensor {
      try names.enumerated().map { number, name in
        try (rows[name]?.values ?? Tensor.zeros([0])).pow(2).sum() * (Double(number + 1) / divisor)
      }.reduce(Tensor.zeros([])) { try $0 + $1 }
    }
    let one = try EmbeddingCollection(tables: configs, optimizer: Self.optimizer, generator: Generator(seed: 5))
    let steps = 12
    for step in 0..<steps {
      let rows = try one(world.features(world.bags(step: step), rank: nil))
      try loss(rows, one.embeddingNames, divisor: Double(ShardedWorld.ranks)).backward()
    }
    let expected = try one(world.features(world.bags(step: 50), rank: nil)).mapValues { try $0.values.detach() }
    let ranks = try Ranks.run(ShardedWorld.ranks) { group in
      let sharded = try ShardedEmbeddingCollection(
        tables: configs, optimizer: Self.optimizer, plan: world.plan, group: group, generator: Generator(seed: 5))
      for step in 0..<steps {
        let rows = try sharded(world.features(world.bags(step: step), rank: group.rank))
        try loss(rows, sharded.embeddingNames, divisor: 1).backward()
      }
      return try sharded(world.features(world.bags(step: 50), rank: group.rank)).mapValues { try $0.values.detach() }
    }
    for name in one.embeddingNames {
      try expectClose(
        Tensor.cat(ranks.map { try #require($0[name]) }), try #require(expected[name]), tolerance: 1e-5, name)
    }
  }

  @Test(
    "short wire formats come close",
    arguments: [(WireFormat.fp16, 2e-3), (.bf16, 2e-2), (.int8, 2e-2)] as [(WireFormat, Double)])
  func formats(_ format: WireFormat, _ tolerance: Double) throws {
    let world = try ShardedWorld()
    func run(_ formats: WireFormats) throws -> [Tensor] {
      try Ranks.run(ShardedWorld.ranks) { group in
        let sharded = try ShardedEmbeddingBagCollection(
          tables: world.configs, optimizer: EmbeddingOptimizer(.sgd, learningRate: 0.1), plan: world.plan, group: group,
          formats: formats, generator: Generator(seed: 7))
        for step in 0..<5 {
          try ShardedWorld.loss(sharded(world.features(world.bags(step: step), rank: group.rank)).values).backward()
        }
        return try sharded(world.features(world.bags(step: 9), rank: group.rank)).values.detach()
      }
    }
    let exact = try run(WireFormats())
    for formats in [
      WireFormats(forward: format), WireFormats(backward: format), WireFormats(forward: format, backward: format),
    ] {
      for (short, full) in zip(try run(formats), exact) {
        try expectClose(short, full, tolerance: tolerance, "\(formats)")
        #expect(try short.doubles() != full.doubles(), "\(formats) changes something")
      }
    }
  }

  @Test("ids of the next batches may leave early, ranks may have batches of different sizes, or none")
  func earlyAndUneven() throws {
    let world = try ShardedWorld()
    let bags = world.bags(step: 1)
    @Sendable func batch(_ rank: Int, _ count: Int) throws -> KeyedJaggedTensor {
      var own = bags
      own[rank] = own[rank].map { Array($0.prefix(count)) }
      return try world.features(own, rank: rank)
    }
    let one = try EmbeddingBagCollection(
      tables: world.configs, optimizer: Self.optimizer, generator: Generator(seed: 7))
    let found = try Ranks.run(ShardedWorld.ranks) { group -> ([[Double]], [[Double]]) in
      let sharded = try ShardedEmbeddingBagCollection(
        tables: world.configs, optimizer: Self.optimizer, plan: world.plan, group: group, generator: Generator(seed: 7))
      let batches = try [group.rank, 5 - group.rank, 0].map { try batch(group.rank, $0) }
      let plain = try noGrad { try batches.map { try sharded($0).values.doubles() } }
      for batch in batches { try sharded.start(batch) }
      return (plain, try noGrad { try batches.map { try sharded($0).values.doubles() } })
    }
    for (rank, (plain, early)) in found.enumerated() {
      #expect(plain == early)
      for (number, count) in [rank, 5 - rank, 0].enumerated() {
        let expected = try noGrad { try one(batch(rank, count)).values.doubles() }
        #expect(
          zip(plain[number], expected).allSatisfy { abs($0 - $1) < 1e-5 } && plain[number].count == expected.count)
      }
    }
  }

  @Test("a simulated world of 128 ranks has the shapes of the real one")
  func simulated() throws {
    let layout = try WorldLayout(ranks: 128, ranksPerHost: 8)
    let configs = (0..<26).map {
      EmbeddingBagConfig(name: "t\($0)", numEmbeddings: 1000 + 64 * $0, embeddingDim: 64)
    }
    var tables: [String: TableSharding] = [:]
    for (number, config) in configs.enumerated() {
      let (rows, columns) = (config.numEmbeddings, config.embeddingDim)
      tables[config.name] =
        switch number % 4 {
        case 0: .tableWise(rows: rows, columns: columns, rank: number * 4)
        case 1: .rowWise(rows: rows, columns: columns, layout: layout)
        case 2: .grid(rows: rows, columns: columns, hosts: [number % 16, (number + 5) % 16], layout: layout)
        default: .dataParallel(rows: rows, columns: columns, layout: layout)
        }
    }
    let plan = ShardingPlan(layout: layout, tables: tables)
    for rank in [0, 77, 127] {
      let sharded = try ShardedEmbeddingBagCollection(
        tables: configs, optimizer: EmbeddingOptimizer(.sgd, learningRate: 0.1), plan: plan,
        group: .fake(rank: rank, size: 128, ranksPerHost: 8))
      let held = sharded.shards().reduce(0) { $0 + $1.weight.count }
      let planned = plan.shards(of: rank).values.flatMap(\.self).reduce(0) { $0 + $1.rowCount * $1.columnCount }
      #expect(held == planned && held > 0)
    }
  }

  // MARK: Faults

  @Test("an id outside its table is named as in one process, on the rank that has it")
  func idOutside() throws {
    let world = try ShardedWorld()
    let errors = try Ranks.run(ShardedWorld.ranks, timeout: .seconds(2)) { group -> String in
      let sharded = try ShardedEmbeddingBagCollection(
        tables: world.configs, optimizer: Self.optimizer, plan: world.plan, group: group)
      var bags = world.bags(step: 0)
      if group.rank == 2 { bags[2][1][0] = [3, 999] }
      do {
        _ = try sharded(world.features(bags, rank: group.rank))
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      errors[2].contains("feature \"f1\": id 999 at position 1 is outside 0..<40 of table \"table_wise\""),
      "\(errors[2])")
    // The others do not wait for ever.
    #expect(errors.allSatisfy { !$0.isEmpty })
  }

  @Test("what a plan and an optimiser can't do together is said")
  func impossible() throws {
    let layout = try WorldLayout(ranks: 2)
    let config = EmbeddingBagConfig(name: "item", numEmbeddings: 10, embeddingDim: 8)
    let plan = ShardingPlan(layout: layout, tables: ["item": .columnWise(rows: 10, columns: 8, ranks: [0, 0])])
    let errors = try Ranks.run(2) { group -> String in
      do {
        _ = try ShardedEmbeddingBagCollection(
          tables: [config], optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1), plan: plan,
          group: group)
        return ""
      } catch { return "\(error)" }
    }
    #expect(errors.allSatisfy { $0.contains("give each piece a rank of its own") })
    let wrong = try Ranks.run(1) { group -> String in
      do {
        _ = try ShardedEmbeddingBagCollection(
          tables: [config], optimizer: EmbeddingOptimizer(.sgd, learningRate: 0.1), plan: plan, group: group)
        return ""
      } catch { return "\(error)" }
    }
    #expect(wrong[0].contains("the plan is for 2 ranks and 1 run"))
  }
}
