import Features
import Models
import Testing
import TestSupport
import Torch
import TorchNN

@Suite("Scores")
struct ScoreTests {
  @Test("logits, negatives and all items have their shapes and agree", arguments: ModelCase.all)
  func shapes(_ one: ModelCase) throws {
    let model = try one.make()
    model.eval()
    let batch = try ModelCase.batch()
    let logits = try model.logits(batch)
    #expect(logits.shape == [77])
    let negatives = try model.negativeLogits(batch)
    #expect(negatives.shape == [77, 2])
    let users = try Tensor(Array(0..<ModelCase.userCount))
    let all = try model.scoreAllItems(users: users)
    #expect(all.shape == [ModelCase.userCount, ModelCase.itemCount])
    #expect(!all.requiresGrad)
    try expectClose(all, logits.reshape(all.shape), "all items against pairs")
    let rows = try #require(batch.negatives)
    let picked = try all.indexSelect(dim: 0, index: batch.users).gather(dim: 1, index: rows)
    try expectClose(negatives, picked, "negatives against all items")
  }

  @Test("users are scored in any order and number", arguments: ModelCase.all)
  func anyUsers(_ one: ModelCase) throws {
    let model = try one.make()
    model.eval()
    let all = try model.scoreAllItems(users: Tensor(Array(0..<ModelCase.userCount)))
    let some = try Tensor([5, 0, 5])
    try expectClose(model.scoreAllItems(users: some), all.indexSelect(dim: 0, index: some))
  }

  @Test("a dot product of the vectors, with biases and offsets, is the score", arguments: ModelCase.trained)
  func factors(_ one: ModelCase) throws {
    guard let model = try one.make() as? any DotProductRecommender else { return }
    model.eval()
    let users = try Tensor(Array(0..<ModelCase.userCount))
    let vectors = try model.itemVectors()
    var scores = try model.userVectors(users).matmul(vectors.t())
    if let biases = try model.itemBiases() { scores = try scores + biases }
    if let offsets = try model.userOffsets(users) { scores = try scores + offsets.unsqueeze(dim: 1) }
    try expectClose(scores, model.logits(ModelCase.batch()).reshape(scores.shape))
    let some = try Tensor([3, 9, 3])
    try expectClose(model.itemVectors(some), vectors.indexSelect(dim: 0, index: some))
    if let biases = try model.itemBiases(), let picked = try model.itemBiases(some) {
      try expectClose(picked, biases.indexSelect(dim: 0, index: some))
    }
  }

  @Test("MF, GMF, FM, two-tower and sequence rank by dot products; the perceptrons do not")
  func kinds() throws {
    let fast = try ModelCase.all.filter { try $0.make() is any DotProductRecommender }.map(\.configuration.name)
    #expect(fast == ["mf", "fm", "gmf", "two-tower", "sequence"])
  }

  @Test("a catalogue longer than a block gives the same scores")
  func blocks() throws {
    // 4,096 values a pair: one block holds 1,024 of the 1,100 items of one user.
    let space = InteractionSpace(userCount: 2, itemCount: 1100)
    let configuration = ModelConfiguration.mlp(.init(factors: 2, hidden: [4096, 2], initialStd: 1))
    let model = try configuration.make(space: space, generator: Generator(seed: 5))
    let all = try model.scoreAllItems(users: Tensor([1, 0]))
    let items = try Tensor(Array(0..<1100))
    for (row, user) in [1, 0].enumerated() {
      let users = try Tensor([Int](repeating: user, count: 1100))
      try expectClose(all.row(row), noGrad { try model.pairScores(users: users, items: items) })
    }
  }

  @Test("scoring all items leaves a model in training as it was")
  func modeIsKept() throws {
    let model = try ModelConfiguration.dnn(.init(dimension: 4, hidden: [4], dropout: 0.5))
      .make(space: InteractionSpace(userCount: 3, itemCount: 5), generator: Generator(seed: 1))
    let users = try Tensor([0, 1, 2])
    let once = try model.scoreAllItems(users: users)
    #expect(model.isTraining)
    try expectClose(model.scoreAllItems(users: users), once, tolerance: 0)
  }

  @Test("a pairwise loss on a batch without negatives is an error that says what to load", arguments: ModelCase.all)
  func noNegatives(_ one: ModelCase) throws {
    let model = try one.make()
    let error = #expect(throws: ModelError.self) {
      try model.negativeLogits(Batch(users: Tensor([0]), items: Tensor([0])))
    }
    #expect(error?.code == .missingInput)
    #expect(error?.message.contains("pairwise(negatives: 1)") == true)
  }
}
