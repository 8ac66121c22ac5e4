import Sparse
import TestSupport
import Testing
import Torch
import TorchNN

/// The GPU's kernels, run thread by thread on the CPU, against the CPU's own on the same batches.
struct GPUKernelTests {
  static let rules: [EmbeddingOptimizer.Rule] = [
    .sgd, .adagrad(), .rowWiseAdagrad(), .adam(), .adamW(), .rowWiseAdam(),
  ]
  /// Widths with and without pieces of 16 bytes, of one lane, of a part of a warp, of a warp and of several goes.
  static let dimensions = [1, 3, 4, 8, 10, 16, 20, 64, 100, 128, 132, 260]

  /// Four features of three tables; the first two tables have a common feature and rows that are used hundreds of times.
  private func collection(
    _ generator: Generator, dimensions: [Int], type: EmbeddingDataType, pooling: PoolingType, weighted: Bool,
    _ optimizer: EmbeddingOptimizer
  ) throws -> EmbeddingBagCollection {
    let names = [["a", "b"], ["b", "c"], ["d"]]
    let bags = try EmbeddingBagCollection(
      tables: zip(dimensions, names).enumerated().map { index, table in
        EmbeddingBagConfig(
          name: "t\(index)", numEmbeddings: [3, 50, 700][index], embeddingDim: table.0, featureNames: table.1,
          pooling: pooling, dataType: type)
      }, isWeighted: weighted, optimizer: optimizer, generator: generator)
    for table in 0..<3 {
      let weight = try #require(bags.weight(of: "t\(table)"))
      _ = try weight.copy_(Tensor.randn(weight.shape, generator: generator))
    }
    return bags
  }

  /// 60 bags a feature, of 0 to 6 ids; ids below 3 fit every table.
  private func batch(_ generator: Generator, weights: Bool) throws -> KeyedJaggedTensor {
    let (keys, bags) = (["d", "c", "unused", "b", "a"], 60)
    let lengths = try Tensor.randint(low: 0, high: 7, shape: [keys.count * bags], generator: generator)
    var ids: [Int] = []
    for (key, rows) in zip(0..<keys.count, [700, 50, 5_000, 3, 3]) {
      let count = try lengths.narrow(dim: 0, start: key * bags, length: bags).sum().itemInt()
      ids += try Tensor.randint(low: 0, high: rows, shape: [count], generator: generator).ints()
    }
    return try KeyedJaggedTensor(
      keys: keys, values: Tensor(ids), lengths: lengths,
      weights: weights ? Tensor.rand([ids.count], generator: generator).requiresGrad_() : nil)
  }

  /// Two steps; the outputs, the gradients of the weights, then rows and state.
  private func trained(
    emulated: Bool, dimensions: [Int], type: EmbeddingDataType, pooling: PoolingType, weighted: Bool,
    _ optimizer: EmbeddingOptimizer
  ) throws -> [(name: String, tensor: Tensor)] {
    let generator = try Generator(seed: 17)
    let bags = try collection(
      generator, dimensions: dimensions, type: type, pooling: pooling, weighted: weighted, optimizer)
    if emulated { bags.emulateGPU() }
    var found: [(String, Tensor)] = []
    for step in 0..<2 {
      let features = try batch(generator, weights: weighted)
      let pooled = try bags(features).values
      found.append(("outputs of step \(step)", try pooled.detach()))
      try pooled.backward(gradient: Tensor.randn(pooled.shape, generator: generator))
      if let weights = features.weights {
        found.append(("weights' gradient of step \(step)", try #require(weights.grad)))
      }
    }
    let state = try bags.fusedOptimizer().state().sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    return found + bags.namedBuffers().map { ($0.name, $0.tensor) } + state
  }

  @Test(arguments: rules, [EmbeddingDataType.fp32, .fp16, .bf16])
  func agreeWithTheCPU(rule: EmbeddingOptimizer.Rule, type: EmbeddingDataType) throws {
    let number = try #require(Self.rules.firstIndex(of: rule)) + (type == .fp32 ? 0 : type == .fp16 ? 1 : 2)
    // A third of the widths each: every rule and every type meets all of them.
    for (index, first) in Self.dimensions.enumerated() where (index + number) % 3 == 0 {
      let pooling = PoolingType.allCases[index % 2]
      let weighted = index / 2 % 2 == 1
      let dimensions = [first, Self.dimensions[(index + 5) % Self.dimensions.count], 32]
      let optimizer = EmbeddingOptimizer(
        rule, learningRate: 0.05, weightDecay: index % 3 == 0 ? 0.01 : 0, maxGradient: index % 4 == 0 ? 0.5 : nil,
        stochasticRounding: index % 2 == 0)
      func run(_ emulated: Bool) throws -> [(name: String, tensor: Tensor)] {
        try trained(
          emulated: emulated, dimensions: dimensions, type: type, pooling: pooling, weighted: weighted, optimizer)
      }
      // 16-bit rows: a sum in another order may round to the neighbour, and the next steps start from there.
      let tolerance = type == .fp32 ? 3e-5 : type == .fp16 ? 6e-3 : 5e-2
      for (there, here) in zip(try run(true), try run(false)) {
        #expect(there.name == here.name)
        try expectClose(
          there.tensor, here.tensor, tolerance: tolerance, "\(dimensions) \(pooling) weighted \(weighted) \(here.name)")
      }
    }
  }

  @Test func theSameBatchGivesTheSameBits() throws {
    func run() throws -> [Tensor] {
      try trained(
        emulated: true, dimensions: [64, 20, 8], type: .bf16, pooling: .mean, weighted: true,
        EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.05)
      ).map(\.tensor)
    }
    for (one, two) in zip(try run(), try run()) { try expectSame(one, two) }
  }

  @Test func sequencesAgreeWithTheCPU() throws {
    func run(emulated: Bool) throws -> [Tensor] {
      let generator = try Generator(seed: 5)
      let rows = try EmbeddingCollection(
        tables: [
          EmbeddingConfig(name: "t", numEmbeddings: 40, embeddingDim: 12, featureNames: ["c", "b"]),
          EmbeddingConfig(name: "u", numEmbeddings: 700, embeddingDim: 16, featureNames: ["d"], dataType: .fp16),
        ], optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.1, stochasticRounding: false), generator: generator)
      if emulated { rows.emulateGPU() }
      var found: [Tensor] = []
      for _ in 0..<2 {
        let features = try batch(generator, weights: false)
        let values = try features.values.remainder(40)
        let out = try rows(KeyedJaggedTensor(keys: features.keys, values: values, lengths: features.lengths))
        let all = try ["b", "c", "d"].map { try #require(out[$0]).values }
        found += try all.map { try $0.detach() }
        try (all[0].square().sum() + all[1].sum() + all[2].square().sum()).backward()
      }
      return found + rows.namedBuffers().map(\.tensor)
    }
    for (there, here) in zip(try run(emulated: true), try run(emulated: false)) {
      try expectClose(there, here, tolerance: 2e-4)
    }
  }

  /// More than 2^31 rows in all: keys of 64 bits. Pages that are not written take no memory.
  @Test func manyRows() throws {
    let (rows, top) = (1_100_000_000, 1_099_999_999)
    func run(emulated: Bool) throws -> [Double] {
      let weights = try (0..<2).map { _ in try Tensor.empty([rows, 1], dtype: .float16) }
      let ids = [top, 3, top, top - 1, 3, top]
      for (weight, own) in zip(weights, [ids.prefix(3), ids.suffix(3)]) {
        for id in own { _ = try weight.narrow(dim: 0, start: id, length: 1).fill_(value: Float(2)) }
      }
      let rule = RowTables.Rule(.sgd, learningRate: 0.5, stochasticRounding: false)
      let tables = try RowTables(
        weights.map { RowTables.Table(weight: $0, type: .float16, dimension: 1, rule: rule) })
      if emulated { try tables.emulateGPU() }
      let outputs = try tables.lookUp(
        [
          RowTables.Feature(table: 0, pooling: .sum, bags: 2, firstOffset: 0, output: 0, column: 0),
          RowTables.Feature(table: 1, pooling: .sum, bags: 2, firstOffset: 2, output: 0, column: 1),
        ], ids: Tensor(ids), offsets: Tensor([0, 2, 3, 4, 6] as [Int]), outputs: [(rows: 2, columns: 2)])
      try outputs[0].sum().backward()
      return try outputs[0].doubles()
        + weights.flatMap { weight in
          try [3, top - 1, top].map { try weight.narrow(dim: 0, start: $0, length: 1).item() }.enumerated()
            .filter { weight.isSame(as: weights[1]) || $0.offset != 1 }.map(\.element)
        }
    }
    let here = try run(emulated: false)
    #expect(here == [4, 2, 2, 4, 1.5, 1, 1.5, 1.5, 1.5])
    #expect(try run(emulated: true) == here)
  }

  @Test func theStepsGoOnWhenTheWayChanges() throws {
    func run(_ change: (EmbeddingBagCollection) -> Void) throws -> Tensor {
      let bags = try EmbeddingBagCollection(
        tables: [EmbeddingBagConfig(name: "t", numEmbeddings: 9, embeddingDim: 8)],
        optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.1), generator: Generator(seed: 1))
      let features = try KeyedJaggedTensor(
        keys: ["t"], values: Tensor([1, 4, 4, 8] as [Int]), lengths: Tensor([1, 0, 3] as [Int]))
      for step in 0..<4 {
        if step == 2 { change(bags) }
        try bags(features).values.square().sum().backward()
      }
      return try #require(bags.weight(of: "t"))
    }
    let kept = try run { _ in }
    try expectClose(run { $0.emulateGPU() }, kept, tolerance: 1e-6)
    try expectClose(run { $0.avoidKernels() }, kept, tolerance: 1e-6)
  }

  @Test func offsetsAreLookedAtBeforeRows() throws {
    let bags = try EmbeddingBagCollection(
      tables: [EmbeddingBagConfig(name: "t", numEmbeddings: 9, embeddingDim: 8)],
      optimizer: EmbeddingOptimizer(.sgd, learningRate: 1), generator: Generator(seed: 1))
    bags.emulateGPU()
    for (offsets, word) in [([0, 3, 2, 4], "fall from 3 to 2"), ([0, 9, 9, 4], "fall"), ([0, -1, 3, 4], "fall")] {
      let features = try KeyedJaggedTensor(keys: ["t"], values: Tensor([1, 2, 3, 4]), offsets: Tensor(offsets))
      do {
        _ = try bags(features)
        Issue.record("\(offsets) were taken")
      } catch let error as SparseError {
        #expect(error.feature == "t" && error.description.contains(word), "\(error)")
      }
    }
  }

  @Test func theSurveyRefusesWhatDoesNotFit() throws {
    let tables = try RowTables([RowTables.Table(weight: Tensor.zeros([5, 4]), type: .float32, dimension: 4)])
    try tables.emulateGPU()
    func lookUp(_ pooling: RowTables.Pooling, ids: [Int] = [0, 1, 2], offsets: [Int], rows: Int) throws {
      _ = try tables.lookUp(
        [RowTables.Feature(table: 0, pooling: pooling, bags: 2, firstOffset: 0, output: 0, column: 0)],
        ids: Tensor(ids), offsets: Tensor(offsets), outputs: [(rows: rows, columns: 4)])
    }
    try lookUp(.none, offsets: [0, 1, 3], rows: 3)
    try lookUp(.sum, offsets: [0, 0, 3], rows: 2)
    #expect(throws: TorchError.self) { try lookUp(.none, offsets: [0, 1, 3], rows: 2) }
    #expect(throws: TorchError.self) { try lookUp(.sum, offsets: [0, 1, 4], rows: 2) }
    #expect(throws: TorchError.self) { try lookUp(.sum, offsets: [2, 1, 3], rows: 2) }
    #expect(throws: RowTables.IDFault.self) { try lookUp(.sum, ids: [0, 5, -1], offsets: [0, 1, 3], rows: 2) }
    do {
      try lookUp(.none, ids: [0, 4, -7], offsets: [1, 1, 3], rows: 2)
    } catch let fault as RowTables.IDFault {
      #expect(fault.feature == 0 && fault.position == 1 && fault.id == -7)
    }
    let quantized = try RowTables.quantize(Tensor.zeros([5, 4]), to: .int8)
    let bytes = try RowTables([RowTables.Table(weight: quantized, type: .int8, dimension: 4)])
    #expect(throws: TorchError.self) { try bytes.emulateGPU() }
  }
}

/// What NVRTC says to the kernels; it needs no GPU.
@Suite(.enabled(if: RowTables.hasGPUCompiler, "no libnvrtc beside PyTorch: .venv/bin/pip install nvidia-cuda-nvrtc"))
struct GPUCompilerTests {
  @Test(arguments: [80, 90, 100])
  func compiles(capability: Int) throws {
    let (bytes, log) = try RowTables.compileGPUKernels(capability: capability)
    #expect(bytes > 10_000, "\(log)")
    #expect(!log.contains("warning"), "\(log)")
    for kernel in ["survey", "look_up", "weight_gradient", "items", "update", "update_long"] {
      #expect(log.contains("'rows_\(kernel)'"), "\(log)")
    }
    // Registers that did not suffice would show as memory traffic in the innermost loops.
    let spills = log.split(separator: "\n").filter { $0.contains("spill stores") }
    #expect(spills.count == 6, "\(log)")
    for line in spills { #expect(line.contains(" 0 bytes spill stores, 0 bytes spill loads"), "\(line)") }
  }

  /// A GPU newer than NVRTC gets the newest form that it knows, for the driver to translate.
  @Test func newerGPUs() throws {
    let (bytes, _) = try RowTables.compileGPUKernels(capability: 990)
    #expect(bytes > 10_000)
  }

  @Test func olderGPUs() throws {
    do {
      _ = try RowTables.compileGPUKernels(capability: 20)
      Issue.record("a GPU of 2010 was taken")
    } catch let error as TorchError {
      #expect(error.message.contains("2.0") && error.message.contains("SWIFTREC_GPU_KERNELS=0"), "\(error)")
    }
  }
}
