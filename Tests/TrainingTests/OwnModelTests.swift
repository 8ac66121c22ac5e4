import Features
import Models
import Testing
import Torch
import TorchNN
import Training

/// A model as a user outside the library would write one: all of it in one file.
private final class Additive: Module, Recommender {
  static let modelName = "additive"
  static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise]

  let space: InteractionSpace
  private let user: Embedding
  private let item: Embedding
  private let out: Linear

  init(space: InteractionSpace, seed: UInt64) throws {
    self.space = space
    let generator = try Generator(seed: seed)
    let members = Members()
    user = members.add("user", try Embedding(space.userCount, 16, generator: generator))
    item = members.add("item", try Embedding(space.itemCount, 16, generator: generator))
    out = members.add("out", try Linear(16, 1, generator: generator))
    super.init(members)
  }

  func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    try out((user(users) * item(items)).tanh()).squeeze(dim: 1)
  }

  func scoreAllItems(users: Tensor) throws -> Tensor {
    try out((user(users).unsqueeze(dim: 1) * item.weight.unsqueeze(dim: 0)).tanh()).squeeze(dim: 2)
  }
}

@Suite struct OwnModelTests {
  @Test func trainsAndIsMeasured() throws {
    let dataset = try Toy.dataset()
    let model = try Additive(space: InteractionSpace(dataset), seed: 1)
    let trainer = try Trainer(
      model, on: dataset,
      configuration: TrainConfiguration(
        epochs: 8, batch: 128, loss: .bpr(negatives: 2), optimizer: .adam(learningRate: 0.02)))
    let recorder = Recorder()
    trainer.observer = recorder
    try trainer.fit()
    #expect(recorder.epochs.count == 8)
    #expect(try #require(recorder.epochs.last).loss < recorder.epochs[0].loss)
    let result = try trainer.evaluate()
    #expect(result["hr@10"] != nil && result["auc"] != nil)
    #expect(result["logloss"] == nil)
  }
}
