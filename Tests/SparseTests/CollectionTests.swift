import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

/// What a collection promises besides the numbers of other libraries.
struct CollectionTests {
  private func features(_ ids: [Int], _ offsets: [Int], key: String = "t") throws -> KeyedJaggedTensor {
    try KeyedJaggedTensor(keys: [key], values: Tensor(ids), offsets: Tensor(offsets))
  }

  /// Any order of lookups and updates leaves what a dictionary of rows holds.
  @Test(arguments: [3, 16, 64, 130], [1, 2])
  func agreesWithADictionary(dimension: Int, threads: Int) throws {
    let before = Engine.threads
    defer { try? Engine.setThreads(before) }
    try Engine.setThreads(threads)
    var random = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0..<1_000_000, using: &random)
    let generator = try Generator(seed: seed)
    let rows = 40
    let bags = try EmbeddingBagCollection(
      tables: [EmbeddingBagConfig(name: "t", numEmbeddings: rows, embeddingDim: dimension)],
      optimizer: EmbeddingOptimizer(.sgd, learningRate: 0.25), generator: generator)
    let start = try #require(bags.weight(of: "t")).doubles()
    var model = Dictionary(
      uniqueKeysWithValues: (0..<rows).map { ($0, Array(start[($0 * dimension)..<(($0 + 1) * dimension)])) })
    for _ in 0..<20 {
      let lengths = try Tensor.randint(low: 0, high: 5, shape: [7], generator: generator).ints()
      let ids = try Tensor.randint(low: 0, high: rows, shape: [lengths.reduce(0, +)], generator: generator)
      let batch = try KeyedJaggedTensor(keys: ["t"], values: ids, lengths: Tensor(lengths))
      let gradient = try Tensor.randn([7, dimension], generator: generator)
      let out = try bags(batch).values
      let (named, slopes, got) = (try ids.ints(), try gradient.doubles(), try out.detach().doubles())
      var position = 0
      var change: [Int: [Double]] = [:]
      for (bag, length) in lengths.enumerated() {
        for column in 0..<dimension {
          let sum = (position..<position + length).reduce(0.0) { $0 + (model[named[$1]]?[column] ?? .nan) }
          #expect(abs(sum - got[bag * dimension + column]) < 1e-5, "seed \(seed)")
        }
        for id in named[position..<position + length] {
          for column in 0..<dimension {
            change[id, default: Array(repeating: 0, count: dimension)][column] += slopes[bag * dimension + column]
          }
        }
        position += length
      }
      try out.backward(gradient: gradient)
      for (id, slope) in change {
        model[id] = zip(model[id] ?? [], slope).map { $0 - 0.25 * $1 }
      }
    }
    let end = try #require(bags.weight(of: "t")).doubles()
    for row in 0..<rows {
      for (column, value) in (model[row] ?? []).enumerated() {
        #expect(abs(value - end[row * dimension + column]) < 1e-4, "seed \(seed)")
      }
    }
  }

  /// One table cut by rows for two threads, and many tables: the same bits as on one thread.
  @Test(arguments: [1, 9])
  func threadsChangeNoBit(tables: Int) throws {
    let before = Engine.threads
    defer { try? Engine.setThreads(before) }
    func trained(_ threads: Int) throws -> [Tensor] {
      try Engine.setThreads(threads)
      let generator = try Generator(seed: 3)
      let bags = try EmbeddingBagCollection(
        tables: (0..<tables).map { EmbeddingBagConfig(name: "t\($0)", numEmbeddings: 3_000, embeddingDim: 32) },
        optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1), generator: generator)
      for _ in 0..<3 {
        let ids = try Tensor.randint(low: 0, high: 3_000, shape: [tables * 8_000], generator: generator)
        let batch = try KeyedJaggedTensor(
          keys: (0..<tables).map { "t\($0)" }, values: ids, offsets: Tensor.arange(0, tables * 8_000 + 1, step: 8))
        try bags(batch).values.backward(gradient: Tensor.randn([1_000, tables * 32], generator: generator))
      }
      return bags.namedBuffers().map(\.tensor)
    }
    for (one, two) in zip(try trained(1), try trained(2)) { try expectSame(one, two) }
  }

  @Test func weightsOfIdsHaveTheirGradient() throws {
    for optimizer in [nil, EmbeddingOptimizer(.sgd, learningRate: 0.1)] {
      for pooling in PoolingType.allCases {
        let generator = try Generator(seed: 11)
        let bags = try EmbeddingBagCollection(
          tables: [EmbeddingBagConfig(name: "t", numEmbeddings: 9, embeddingDim: 6, pooling: pooling)],
          isWeighted: true,
          optimizer: optimizer, generator: generator)
        let ids = try Tensor([1, 4, 4, 8, 0] as [Int])
        let offsets = try Tensor([0, 2, 2, 5] as [Int])
        let slope = try Tensor.randn([3, 6], generator: generator)
        let weights = try Tensor.rand([5], generator: generator).requiresGrad_()
        func value(_ w: Tensor) throws -> Double {
          let batch = try KeyedJaggedTensor(keys: ["t"], values: ids, offsets: offsets, weights: w)
          return try noGrad { try (bags(batch).values * slope).sum().item() }
        }
        var differences: [Double] = []
        for i in 0..<5 {
          var (up, down) = (try weights.floats(), try weights.floats())
          up[i] += 0.01
          down[i] -= 0.01
          differences.append(try (value(Tensor(up)) - value(Tensor(down))) / 0.02)
        }
        let batch = try KeyedJaggedTensor(keys: ["t"], values: ids, offsets: offsets, weights: weights)
        try (bags(batch).values * slope).sum().backward()
        try expectClose(#require(weights.grad), Tensor(differences).to(dtype: .float32), tolerance: 1e-3)
      }
    }
  }

  @Test func thePlainPathHasTheDerivative() throws {
    let generator = try Generator(seed: 2)
    let bags = try EmbeddingBagCollection(
      tables: [EmbeddingBagConfig(name: "t", numEmbeddings: 5, embeddingDim: 3, pooling: .mean)], generator: generator)
    let batch = try features([0, 3, 3, 1], [0, 3, 3, 4])
    let slope = try Tensor.randn([3, 3], generator: generator)
    let weight = try #require(bags.weight(of: "t"))
    try (bags(batch).values * slope).sum().backward()
    let gradient = try #require(weight.grad)
    #expect(gradient.isSparse)
    let dense = try gradient.toDense().doubles()
    for row in 0..<5 {
      for column in 0..<3 {
        func value(_ change: Double) throws -> Double {
          try noGrad {
            let cell = try weight.select(dim: 0, index: row).select(dim: 0, index: column)
            let kept = try cell.item()
            _ = try cell.fill_(value: kept + change)
            defer { _ = try? cell.fill_(value: kept) }
            return try (bags(batch).values * slope).sum().item()
          }
        }
        let difference = try (value(0.01) - value(-0.01)) / 0.02
        #expect(abs(difference - dense[row * 3 + column]) < 1e-3)
      }
    }
  }

  @Test func emptyBatchesAndBagsPass() throws {
    let bags = try EmbeddingBagCollection(
      tables: [
        EmbeddingBagConfig(name: "a", numEmbeddings: 5, embeddingDim: 4),
        EmbeddingBagConfig(name: "b", numEmbeddings: 5, embeddingDim: 2, pooling: .mean),
      ], optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.1))
    let nobody = try KeyedJaggedTensor(
      keys: ["a", "b"], values: Tensor([] as [Int]), offsets: Tensor([0] as [Int]), stride: 0)
    #expect(try bags(nobody).values.shape == [0, 6])
    let allEmpty = try KeyedJaggedTensor(
      keys: ["a", "b"], values: Tensor([] as [Int]), lengths: Tensor([0, 0, 0, 0] as [Int]))
    let out = try bags(allEmpty).values
    #expect(try out.detach().floats() == Array(repeating: 0, count: 12))
    try out.sum().backward()
  }

  @Test func aFeatureInTwoTablesIsNamedAfterBoth() throws {
    let bags = try EmbeddingBagCollection(tables: [
      EmbeddingBagConfig(name: "wide", numEmbeddings: 5, embeddingDim: 1, featureNames: ["item"]),
      EmbeddingBagConfig(name: "deep", numEmbeddings: 5, embeddingDim: 4, featureNames: ["item", "shop"]),
    ])
    #expect(bags.embeddingNames == ["item@wide", "item@deep", "shop"])
    #expect(try bags.stateDict().map(\.name) == ["embedding_bags.wide.weight", "embedding_bags.deep.weight"])
  }

  /// Samples deduplicated key by key give what the full batch gives, and train the same.
  @Test func variableStridesReadTheirInverse() throws {
    func make() throws -> EmbeddingBagCollection {
      try EmbeddingBagCollection(
        tables: [
          EmbeddingBagConfig(name: "u", numEmbeddings: 9, embeddingDim: 4),
          EmbeddingBagConfig(name: "i", numEmbeddings: 9, embeddingDim: 4),
        ], optimizer: EmbeddingOptimizer(.sgd, learningRate: 0.5), generator: Generator(seed: 1))
    }
    // Samples 0 and 2 share the user's bag, samples 1 and 2 the item's.
    let short = try KeyedJaggedTensor(
      keys: ["u", "i"], values: Tensor([1, 2, 3, 4, 5, 6] as [Int]), lengths: Tensor([2, 1, 1, 2] as [Int]),
      stridePerKey: [2, 2], inverseIndices: Tensor([0, 1, 0, 0, 1, 1] as [Int], shape: [2, 3]))
    let full = try KeyedJaggedTensor(
      keys: ["u", "i"], values: Tensor([1, 2, 3, 1, 2, 4, 5, 6, 5, 6] as [Int]),
      lengths: Tensor([2, 1, 2, 1, 2, 2] as [Int]))
    let (a, b) = (try make(), try make())
    let (x, y) = (try a(short).values, try b(full).values)
    try expectClose(x.detach(), y.detach(), tolerance: 1e-6)
    try x.backward(gradient: Tensor.ones([3, 8]))
    try y.backward(gradient: Tensor.ones([3, 8]))
    for name in ["u", "i"] {
      try expectClose(#require(a.weight(of: name)), #require(b.weight(of: name)), tolerance: 1e-6)
    }
  }
}
