import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

/// Every rule against a float64 reference (`Tests/Reference/sparse_optimizers.py`): fused in backward, by the GPU's kernels under
/// emulation, by single operators, and as the plain path of sparse gradients and a separate optimiser.
struct EmbeddingOptimizerTests {
  enum Way: String, CaseIterable, Sendable { case fused, gpuKernels, operators, plain }

  static let rules = ["sgd", "adagrad", "rowwise_adagrad", "adam", "adamw", "rowwise_adam"]
  static let cases: [(pooling: String, setting: String)] =
    ["plain", "decay", "clip", "schedule", "all", "fp16", "bf16"].map { ("sum", $0) }
    + ["mean", "sum_weighted", "mean_weighted"].flatMap { pooling in ["plain", "all"].map { (pooling, $0) } }

  private func optimizer(_ name: String, setting: String) -> EmbeddingOptimizer {
    let rule: EmbeddingOptimizer.Rule =
      switch name {
      case "sgd": .sgd
      case "adagrad": .adagrad()
      case "rowwise_adagrad": .rowWiseAdagrad()
      case "adam": .adam()
      case "adamw": .adamW()
      default: .rowWiseAdam()
      }
    let all = setting == "all"
    return EmbeddingOptimizer(
      rule, learningRate: 0.05, weightDecay: setting == "decay" || all ? 0.1 : 0,
      maxGradient: setting == "clip" || all ? 0.5 : nil, stochasticRounding: false)
  }

  @Test(arguments: rules, Way.allCases)
  func followsTheReference(rule: String, way: Way) throws {
    let golden = try Golden("sparse_optimizers")
    for (pooling, setting) in Self.cases {
      let type: EmbeddingDataType = setting == "fp16" ? .fp16 : setting == "bf16" ? .bf16 : .fp32
      let scheduled = setting == "schedule" || setting == "all"
      if way == .plain && scheduled { continue }  // its rate is fixed
      let optimizer = optimizer(rule, setting: setting)
      let weighted = pooling.hasSuffix("weighted")
      let tables = [("user", 9, 4, ["user"]), ("item", 11, 8, ["item", "clicked"])]
      let bags = try EmbeddingBagCollection(
        tables: tables.map {
          EmbeddingBagConfig(
            name: $0.0, numEmbeddings: $0.1, embeddingDim: $0.2, featureNames: $0.3,
            pooling: pooling.hasPrefix("sum") ? .sum : .mean, dataType: type)
        }, isWeighted: weighted, optimizer: way == .plain ? nil : optimizer)
      if way == .operators { bags.avoidKernels() }
      if way == .gpuKernels { bags.emulateGPU() }
      for (name, _, _, _) in tables {
        try noGrad { _ = try #require(bags.weight(of: name)).copy_(golden["start.\(name)"]) }
      }
      let plain = way == .plain ? try RowOptimizer(bags.namedParameters(), rule: optimizer) : nil
      let fused = bags.fusedOptimizer()
      for step in 0..<10 {
        if scheduled {
          fused.learningRate = try golden["learning_rates"].select(dim: 0, index: step).item()
          try fused.step()
        }
        let features = try KeyedJaggedTensor(
          keys: ["user", "item", "clicked"], values: golden["ids.\(step)"], offsets: golden["offsets.\(step)"],
          weights: weighted ? golden["weights.\(step)"] : nil)
        try bags(features).values.backward(gradient: golden["gradients"].select(dim: 0, index: step))
        try plain?.step()
      }
      let tolerance = type == .fp32 ? 4e-6 : type == .fp16 ? 2e-3 : 1.6e-2
      for (name, _, _, _) in tables {
        try expectClose(
          #require(bags.weight(of: name)).detach(), golden["\(pooling).\(setting).\(rule).table.\(name)"],
          tolerance: tolerance, "\(way) \(pooling) \(setting) \(rule) \(name)")
      }
      guard way != .plain, type == .fp32 else { continue }
      let names = ["sum": "sum", "exp_avg": "first", "exp_avg_sq": "second"]
      for (key, tensor) in try fused.state() {
        let parts = key.split(separator: ".").map(String.init)
        guard parts.count == 4, let name = names[parts[3]] else { continue }
        try expectClose(
          tensor, golden["\(pooling).\(setting).\(rule).state.\(parts[1]).\(name)"], tolerance: 2e-6,
          "\(way) \(pooling) \(setting) \(rule) \(key)")
      }
    }
  }

  /// Steps far smaller than a unit in the last place move the mean of many rows when the rounding is stochastic, and no row
  /// when it is not.
  @Test(arguments: [EmbeddingDataType.fp16, .bf16])
  func stochasticRoundingKeepsSmallUpdates(type: EmbeddingDataType) throws {
    for (stochastic, way) in [(true, Way.fused), (false, .fused), (true, .operators), (true, .gpuKernels)] {
      let rows = 4_096
      let bags = try EmbeddingBagCollection(
        tables: [
          EmbeddingBagConfig(
            name: "t", numEmbeddings: rows, embeddingDim: 16, dataType: type, initialiser: .constant(1))
        ], optimizer: EmbeddingOptimizer(.sgd, learningRate: 1e-5, stochasticRounding: stochastic))
      if way == .operators { bags.avoidKernels() }
      if way == .gpuKernels { bags.emulateGPU() }
      let features = try KeyedJaggedTensor(
        keys: ["t"], values: Tensor.arange(rows), offsets: Tensor.arange(rows + 1))
      for _ in 0..<10 {
        try bags(features).values.backward(gradient: Tensor.ones([rows, 16]))
      }
      let mean = try #require(bags.weight(of: "t")).to(dtype: .float64).mean().item()
      if stochastic {
        #expect(abs(mean - (1 - 1e-4)) < 2e-5, "\(mean)")
      } else {
        #expect(mean == 1)
      }
    }
  }

  @Test func stateIsSavedAndLoaded() throws {
    func make() throws -> EmbeddingBagCollection {
      try EmbeddingBagCollection(
        tables: [EmbeddingBagConfig(name: "t", numEmbeddings: 50, embeddingDim: 8)],
        optimizer: EmbeddingOptimizer(.adam(), learningRate: 0.01), generator: Generator(seed: 5))
    }
    func step(_ bags: EmbeddingBagCollection, _ seed: Int) throws {
      let ids = try Tensor.randint(low: 0, high: 50, shape: [30], generator: Generator(seed: UInt64(seed)))
      let features = try KeyedJaggedTensor(keys: ["t"], values: ids, offsets: Tensor.arange(0, 31, step: 3))
      try (bags(features).values * 0.5).sum().backward()
    }
    let whole = try make()
    for seed in 0..<6 { try step(whole, seed) }
    let first = try make()
    for seed in 0..<3 { try step(first, seed) }
    let second = try make()
    try second.loadStateDict(Dictionary(uniqueKeysWithValues: first.stateDict().map { ($0.name, $0.tensor) }))
    try second.fusedOptimizer().load(state: first.fusedOptimizer().state())
    for seed in 3..<6 { try step(second, seed) }
    try expectSame(#require(whole.weight(of: "t")), #require(second.weight(of: "t")), "resumed")
    #expect(throws: ModuleError.self) { try second.fusedOptimizer().load(state: [:]) }
  }
}
