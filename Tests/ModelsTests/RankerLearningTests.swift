import Features
import Foundation
import Models
import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

@Suite("Ranker learning")
struct RankerLearningTests {
  /// Trains on one batch, the tables by their rule inside backward, and returns the losses.
  private func train(_ model: any Ranker, _ batch: FeatureBatch, steps: Int, rate: Double = 0.02) throws -> [Double] {
    let optimizer = try Adam(model.namedParameters(), learningRate: rate)
    return try (0..<steps).map { _ in
      try optimizer.zeroGrad()
      let loss = try RankerCase.loss(model, batch)
      try loss.backward()
      try optimizer.step()
      return try loss.item()
    }
  }

  @Test("each ranker overfits one batch, its tables updated inside backward", arguments: RankerCase.all)
  func overfits(_ one: RankerCase) throws {
    let model = try one.make(optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.2), spread: false)
    #expect(model.namedParameters().allSatisfy { !$0.name.contains("embedding_bags") })
    let tables = try #require(model.embeddings)
    let before = try tables.stateDict().map { try $0.tensor.doubles() }
    let losses = try train(model, one.batch(Golden("rankers")), steps: 300)
    // The balance of sparse gates adds at least half of one.
    let floor = one.name == "mmoe sparse" ? 0.5 : 0
    #expect(losses[0] - floor > 0.5)
    #expect(losses[299] - floor < 0.1, "loss \(losses[0]) -> \(losses[299])")
    for (table, old) in zip(try tables.stateDict(), before) { #expect(try table.tensor.doubles() != old) }
  }

  @Test(
    "fused kernels update vectors and first-order weights as single operators do",
    arguments: [
      EmbeddingOptimizer.Rule.sgd, .adagrad(), .rowWiseAdagrad(), .adam(), .adamW(), .rowWiseAdam(),
    ])
  func fusedUpdates(_ rule: EmbeddingOptimizer.Rule) throws {
    // Vectors of 16 are what the kernels unroll.
    let one = RankerCase("fm", .fm(.init(dimension: 16)))
    let batch = try one.batch(Golden("rankers"))
    let states = try [false, true].map { plain in
      let model = try one.make(optimizer: EmbeddingOptimizer(rule, learningRate: 0.05))
      if plain { try #require(model.embeddings).avoidKernels() }
      _ = try train(model, batch, steps: 3)
      return try model.stateDict()
    }
    for (fused, plain) in zip(states[0], states[1]) {
      try expectClose(fused.tensor, plain.tensor, tolerance: 1e-4, fused.name)
    }
  }

  @Test("plain tables learn by an optimiser outside", arguments: RankerCase.all)
  func plain(_ one: RankerCase) throws {
    let model = try one.make(spread: false)
    let batch = try one.batch(Golden("rankers"))
    let optimizer = try RowLazyAdam(model.namedParameters(), learningRate: 0.02)
    var losses: [Double] = []
    for _ in 0..<100 {
      try optimizer.zeroGrad()
      let loss = try RankerCase.loss(model, batch)
      try loss.backward()
      try optimizer.step()
      losses.append(try loss.item())
    }
    #expect(losses[99] < losses[0] * 0.9, "\(losses[0]) -> \(losses[99])")
  }

  @Test("the same seed gives the same weights after training, another seed others", arguments: RankerCase.all)
  func seeds(_ one: RankerCase) throws {
    let batch = try one.batch(Golden("rankers"))
    func trained(_ seed: UInt64) throws -> [Double] {
      let model = try one.make(
        seed: seed, optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1), spread: false)
      _ = try train(model, batch, steps: 5)
      return try model.stateDict().flatMap { try $0.tensor.doubles() }
    }
    let first = try trained(9)
    #expect(try trained(9) == first)
    // Logistic regression begins with zeros, whatever the seed.
    if one.name != "lr" { #expect(try trained(10) != first) }
  }

  @Test("a saved ranker gives the same logits when loaded into a fresh one", arguments: RankerCase.all)
  func saveAndLoad(_ one: RankerCase) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("ranker-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    let batch = try one.batch(Golden("rankers"))
    let optimizer = EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1)
    let model = try one.make(seed: 1, optimizer: optimizer)
    try Safetensors.write(model.stateDict(), to: file.path)
    let other = try one.make(seed: 2, optimizer: optimizer)
    try other.loadStateDict(Safetensors.read(file.path).tensors)
    #expect(try other.predict(batch).logits.floats() == model.predict(batch).logits.floats())
  }

  @Test("dropout acts in training alone")
  func dropout() throws {
    let one = RankerCase("deepfm", .deepFM(.init(dimension: 4, hidden: [32], dropout: 0.5)))
    let model = try one.make()
    let batch = try one.batch(Golden("rankers"))
    let drawn = try (0..<2).map { _ in try model.predict(batch).logits.floats() }
    #expect(drawn[0] != drawn[1])
    model.eval()
    #expect(try model.predict(batch).logits.floats() == model.predict(batch).logits.floats())
  }

  @Test("training keeps no handle", arguments: RankerCase.all)
  func handles(_ one: RankerCase) throws {
    let model = try one.make(optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.1))
    let batch = try one.batch(Golden("rankers"))
    let optimizer = try Adam(model.namedParameters(), learningRate: 0.01)
    func step() throws {
      try optimizer.zeroGrad()
      try RankerCase.loss(model, batch).backward()
      try optimizer.step()
    }
    for _ in 0..<3 { try step() }
    let before = Engine.liveHandles
    for _ in 0..<20 { try step() }
    #expect(Engine.liveHandles == before)
  }
}
