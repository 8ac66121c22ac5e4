import Features
import Foundation
import Models
import Testing
import Torch
import TorchNN

@Suite("Learning")
struct LearningTests {
  /// Trains on one batch and returns the losses.
  private func train(
    _ model: any Recommender, steps: Int, rate: Double = 0.05, loss: (any Recommender) throws -> Tensor
  ) throws -> [Double] {
    let optimizer = try Adam(model.namedParameters(), learningRate: rate)
    return try (0..<steps).map { _ in
      try optimizer.zeroGrad()
      let value = try loss(model)
      try value.backward()
      try optimizer.step()
      return try value.item()
    }
  }

  /// A batch of eight pairs. A sequence model has nothing but the history of a user, so each user stands once.
  private func smallBatch(_ one: ModelCase) throws -> Batch {
    let users = one.configuration.name == "sequence" ? [0, 1, 2, 3, 4, 5, 6] : [0, 1, 2, 3, 4, 5, 6, 0]
    return Batch(
      users: try Tensor(users), items: try Tensor(users.indices.map { $0 * 3 % 11 }),
      labels: try Tensor(users.indices.map { Float($0 % 2) }),
      negatives: try Tensor(users.indices.map { ($0 * 3 + 5) % 11 }, shape: [users.count, 1]))
  }

  @Test("each model overfits one batch", arguments: ModelCase.trained)
  func pointwise(_ one: ModelCase) throws {
    // A cosine lies in -1...1, so its cross entropy has a floor; the towers learn without the scaling here.
    let free = ModelCase(
      configuration: one.configuration.name == "two-tower"
        ? .twoTower(.init(dimension: 6, hidden: [8, 5])) : one.configuration)
    let model = try free.make(spread: false)
    model.eval()
    let batch = try smallBatch(one)
    let losses = try train(model, steps: 200) {
      try Loss.bceWithLogits($0.logits(batch), #require(batch.labels))
    }
    #expect(losses[0] > 0.3)
    #expect(losses[199] < 0.05, "loss \(losses[0]) -> \(losses[199])")
  }

  @Test("each model learns an order from pairs", arguments: ModelCase.trained)
  func pairwise(_ one: ModelCase) throws {
    let model = try one.make(spread: false)
    model.eval()
    let batch = try smallBatch(one)
    let losses = try train(model, steps: 200, rate: 0.02) {
      try Loss.bpr(positive: $0.logits(batch), negative: $0.negativeLogits(batch))
    }
    #expect(losses[199] < losses[0] / 2)
    let wrong = try model.logits(batch).unsqueeze(dim: 1).le(model.negativeLogits(batch)).bools().filter { $0 }.count
    #expect(wrong == 0)
  }

  @Test("dot-product models learn from the other rows of a batch", arguments: ModelCase.trained)
  func inBatch(_ one: ModelCase) throws {
    guard one.configuration.objectives.contains(.inBatchSoftmax) else { return }
    let model = try one.make()
    let dots = try #require(model as? any DotProductRecommender)
    let batch = try smallBatch(one)
    let targets = try Tensor.arange(batch.count)
    let losses = try train(model, steps: 150) { _ in try Loss.crossEntropy(dots.inBatchLogits(batch), targets) }
    #expect(losses[149] < losses[0] * 0.7, "\(losses[0]) -> \(losses[149])")
  }

  @Test("the sequence model learns the next item")
  func nextItem() throws {
    let model = try ModelCase(configuration: .sequence(.init(dimension: 6, hidden: 16, maximumLength: 4))).make()
    let sequence = try #require(model as? any NextItemRecommender)
    let (histories, lengths) = try ModelCase.histories().batch(of: Array(0..<7), maximumLength: 4)
    let next = try Tensor([5, 0, 9, 1, 3, 10, 2])
    _ = try train(model, steps: 200) { _ in
      try Loss.crossEntropy(sequence.nextItemLogits(histories: histories, lengths: lengths), next)
    }
    let top = try model.scoreAllItems(users: Tensor(Array(0..<7))).argmax(dim: 1).ints()
    #expect(try top == next.ints())
  }

  @Test("row-lazy Adam on sparse gradients lowers the loss", arguments: ModelCase.trained)
  func sparse(_ one: ModelCase) throws {
    let model = try one.make(sparse: true)
    model.eval()
    let batch = try smallBatch(one)
    let optimizer = try RowLazyAdam(model.namedParameters(), learningRate: 0.05)
    var losses: [Double] = []
    for _ in 0..<100 {
      try optimizer.zeroGrad()
      let loss = try Loss.bceWithLogits(model.logits(batch), #require(batch.labels))
      try loss.backward()
      try optimizer.step()
      losses.append(try loss.item())
    }
    #expect(losses[99] < losses[0] * 0.9, "\(losses[0]) -> \(losses[99])")
  }

  @Test("the same seed gives the same weights after training, another seed others", arguments: ModelCase.trained)
  func seeds(_ one: ModelCase) throws {
    func trained(_ seed: UInt64) throws -> [Double] {
      let model = try one.make(seed: seed, spread: false)
      model.eval()
      let batch = try smallBatch(one)
      _ = try train(model, steps: 5) { try Loss.bceWithLogits($0.logits(batch), #require(batch.labels)) }
      return try model.parameters().flatMap { try $0.doubles() }
    }
    let first = try trained(9)
    #expect(try trained(9) == first)
    #expect(try trained(10) != first)
  }

  @Test("a saved model gives the same scores when loaded into a fresh one", arguments: ModelCase.all)
  func saveAndLoad(_ one: ModelCase) throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("model-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    let model = try one.make(seed: 1)
    model.eval()
    try Safetensors.write(model.stateDict().map { (name: $0.0, tensor: $0.1) }, to: file.path)
    let other = try one.make(seed: 2)
    other.eval()
    try other.loadStateDict(Safetensors.read(file.path).tensors)
    let batch = try ModelCase.batch()
    #expect(try other.logits(batch).floats() == model.logits(batch).floats())
  }

  @Test("training keeps no handle")
  func handles() throws {
    let one = ModelCase(configuration: .neuMF(.init(factors: 5, mlpFactors: 6, hidden: [8, 4])))
    let model = try one.make()
    let batch = try smallBatch(one)
    let labels = try #require(batch.labels)
    let optimizer = try Adam(model.namedParameters(), learningRate: 0.01)
    func step() throws {
      try optimizer.zeroGrad()
      try Loss.bceWithLogits(model.logits(batch), labels).backward()
      try optimizer.step()
    }
    for _ in 0..<3 { try step() }
    let before = Engine.liveHandles
    for _ in 0..<100 { try step() }
    #expect(Engine.liveHandles == before)
  }
}
