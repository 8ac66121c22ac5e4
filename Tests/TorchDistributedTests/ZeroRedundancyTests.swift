import TestSupport
import Testing
import Torch
import TorchDistributed
import TorchNN

@Suite struct ZeroRedundancyTests {
  /// The optimisers that treat each element by itself.
  enum Kind: String, CaseIterable, Sendable {
    case sgd, momentum, adam, adamW, adagrad

    func make(_ parameters: [NamedTensor]) throws -> any Optimizer {
      switch self {
      case .sgd: try SGD(parameters, learningRate: 0.1)
      case .momentum: try SGD(parameters, learningRate: 0.05, momentum: 0.9, weightDecay: 0.01, nesterov: true)
      case .adam: try Adam(parameters, learningRate: 0.01, weightDecay: 0.01)
      case .adamW: try AdamW(parameters, learningRate: 0.01, weightDecay: 0.1)
      case .adagrad: try Adagrad(parameters, learningRate: 0.05)
      }
    }
  }

  static var options: DataParallelOptions {
    var options = DataParallelTests.small
    options.findUnused = true
    return options
  }

  static func train(
    _ model: TinyModel, _ optimizer: ZeroRedundancyOptimizer, steps: Range<Int>, of group: ProcessGroup
  ) throws {
    for step in steps {
      let (ids, target) = try TinyModel.part(12, step: step, of: group)
      try optimizer.backward(model.loss(ids, target, usesSide: step % 2 == 1))
      try optimizer.step()
      try optimizer.zeroGrad()
    }
  }

  @Test(arguments: Kind.allCases, [1, 2, 3])
  func equalsTheOptimizerThatIsNotSharded(kind: Kind, size: Int) throws {
    let before = Engine.liveHandles
    let expected = try DataParallelTests.alone(
      steps: 6, usesSide: { $0 % 2 == 1 }, optimizer: { try kind.make($0) })
    let results = try Ranks.run(size) { group in
      let model = try TinyModel(seed: 3)
      let optimizer = try ZeroRedundancyOptimizer(model.namedParameters(), group: group, options: Self.options) {
        try kind.make($0)
      }
      try Self.train(model, optimizer, steps: 0..<6, of: group)
      return (try model.values(), optimizer.ownedElements)
    }
    for (values, _) in results { #expect(distance(values, expected) < 1e-6) }
    #expect(results[0].0 == results[size - 1].0)
    #expect(try results.reduce(0) { $0 + $1.1 } == TinyModel(seed: 3).parameterCount)
    #expect(Engine.liveHandles == before)
  }

  /// Three ranks save, two go on, and then one without sharding.
  @Test func stateMovesToAnotherNumberOfRanks() throws {
    let saved = try Ranks.run(3) { group in
      let model = try TinyModel(seed: 3)
      let optimizer = try ZeroRedundancyOptimizer(model.namedParameters(), group: group, options: Self.options) {
        try Kind.adam.make($0)
      }
      try Self.train(model, optimizer, steps: 0..<3, of: group)
      return (try model.stateDict().map { ($0.name, try $0.tensor.clone()) }, try optimizer.state())
    }
    let weights = Dictionary(uniqueKeysWithValues: saved[2].0)
    let state = saved[1].1
    let again = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 99)
      let optimizer = try ZeroRedundancyOptimizer(model.namedParameters(), group: group, options: Self.options) {
        try Kind.adam.make($0)
      }
      try model.loadStateDict(weights)
      try optimizer.load(state: state)
      try Self.train(model, optimizer, steps: 3..<5, of: group)
      return (try model.values(), try optimizer.state())
    }
    let whole = try TinyModel(seed: 3)
    let plain = try Kind.adam.make(whole.namedParameters())
    for step in 0..<5 {
      let (ids, target) = try TinyModel.batch(12, step: step)
      try whole.loss(ids, target, usesSide: step % 2 == 1).backward()
      try plain.step()
      try plain.zeroGrad()
    }
    let expected = try whole.values()
    for (values, _) in again { #expect(distance(values, expected) < 1e-6) }
    let reference = try plain.state()
    #expect(Set(again[0].1.keys) == Set(reference.keys))
    for (key, tensor) in reference {
      let mine = try #require(again[0].1[key])
      #expect(mine.shape == tensor.shape)
      #expect(try distance(mine.doubles(), tensor.doubles()) < 1e-6)
    }
    // And back into an optimiser without sharding.
    try plain.load(state: again[1].1)
  }

  @Test func accumulationAndClipping() throws {
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      let optimizer = try ZeroRedundancyOptimizer(model.namedParameters(), group: group, options: Self.options) {
        try Kind.sgd.make($0)
      }
      for step in 0..<2 {
        let (ids, target) = try TinyModel.part(12, step: step, of: group)
        let loss = try model.loss(ids, target)
        if step == 0 { try optimizer.noSync { try optimizer.backward(loss) } } else { try optimizer.backward(loss) }
      }
      let norm = try optimizer.clipGradNorm(maxNorm: 0.1)
      try optimizer.step()
      return (norm, try model.values())
    }
    let model = try TinyModel(seed: 3)
    for step in 0..<2 {
      let (ids, target) = try TinyModel.batch(12, step: step)
      try model.loss(ids, target).backward()
    }
    let norm = try clipGradNorm(model.parameters(), maxNorm: 0.1).item()
    try Kind.sgd.make(model.namedParameters()).step()
    for (found, values) in results {
      #expect(abs(found - norm) < 1e-6)
      #expect(try distance(values, model.values()) < 1e-6)
    }
  }

  @Test func compressedGradientsAreSummedInFull() throws {
    let results = try Ranks.run(2) { group in
      let model = try TinyModel(seed: 3)
      var options = Self.options
      options.compression = .bfloat16
      let optimizer = try ZeroRedundancyOptimizer(model.namedParameters(), group: group, options: options) {
        try Kind.sgd.make($0)
      }
      try Self.train(model, optimizer, steps: 0..<1, of: group)
      return try model.values()
    }
    let start = try TinyModel(seed: 3).values()
    let expected = try DataParallelTests.alone(steps: 1)
    #expect(results[0] == results[1])
    #expect(distance(results[0], expected) < distance(expected, start) * 0.01)
  }

  /// More ranks than elements: some have nothing to step.
  @Test func aModelSmallerThanTheWorld() throws {
    let results = try Ranks.run(3) { group in
      let model = try Linear(1, 1, bias: false, generator: Generator(seed: 1))
      let optimizer = try ZeroRedundancyOptimizer(model.namedParameters(), group: group) { try Kind.adam.make($0) }
      try optimizer.backward(model(Tensor([Float(2)], shape: [1, 1])).sum())
      try optimizer.step()
      _ = try optimizer.state()
      return try model.weight.item()
    }
    let model = try Linear(1, 1, bias: false, generator: Generator(seed: 1))
    let optimizer = try Kind.adam.make(model.namedParameters())
    try model(Tensor([Float(2)], shape: [1, 1])).sum().backward()
    try optimizer.step()
    let expected = try model.weight.item()
    #expect(results.allSatisfy { abs($0 - expected) < 1e-6 })
  }

  @Test func aStepWithoutBackward() throws {
    let model = try TinyModel(seed: 3)
    let optimizer = try ZeroRedundancyOptimizer(model.namedParameters(), group: .fake(size: 2)) {
      try Kind.sgd.make($0)
    }
    let error = try #require(throws: DistributedError.self) { try optimizer.step() }
    #expect(error.message.contains("before the gradients were exchanged"))
  }
}
