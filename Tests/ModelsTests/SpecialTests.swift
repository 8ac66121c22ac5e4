import Features
import Models
import Testing
import TestSupport
import Torch
import TorchNN

@Suite("What single models do")
struct SpecialTests {
  @Test("popularity counts, and refuses an item outside its space")
  func popularity() throws {
    let model = try Popularity(space: InteractionSpace(userCount: 3, itemCount: 4))
    try model.fit(Interactions(users: [0, 1, 2, 2], items: [3, 3, 1, 3]))
    #expect(try model.scoreAllItems(users: Tensor([2])).floats() == [0, 1, 0, 3])
    try model.fit(Interactions(users: [0], items: [0]))
    #expect(try model.counts.floats() == [1, 0, 0, 0])
    let error = #expect(throws: ModelError.self) { try model.fit(Interactions(users: [0, 0], items: [0, 4])) }
    #expect(error?.message.contains("item id 4 at row 1 is outside 0..<4") == true)
  }

  @Test("without side fields a factorisation machine is MF with biases")
  func fmWithoutFields() throws {
    let space = try ModelCase.space()
    let fm = try FM(.init(factors: 4, useFields: false), space: space, generator: Generator(seed: 1))
    let mf = try MF(.init(factors: 4), space: space, generator: Generator(seed: 2))
    let values = Dictionary(uniqueKeysWithValues: try fm.stateDict())
    let users = space.userCount
    func rows(_ name: String, _ range: Range<Int>) throws -> Tensor {
      try #require(values[name]).narrow(dim: 0, start: range.lowerBound, length: range.count)
    }
    let all = users + space.itemCount
    try mf.loadStateDict([
      "user_factors.weight": rows("factors.weight", 0..<users),
      "item_factors.weight": rows("factors.weight", users..<all),
      "user_bias.weight": rows("linear.weight", 0..<users),
      "item_bias.weight": rows("linear.weight", users..<all),
      "bias": #require(values["bias"]),
    ])
    try expectClose(fm.logits(ModelCase.batch()), mf.logits(ModelCase.batch()))
  }

  @Test("MF without biases is the bare dot product")
  func mfWithoutBiases() throws {
    let mf = try MF(.init(factors: 4, biases: false), space: ModelCase.space(), generator: Generator(seed: 2))
    #expect(mf.namedParameters().map(\.name) == ["user_factors.weight", "item_factors.weight"])
    #expect(try mf.itemBiases() == nil && mf.userOffsets(Tensor([0])) == nil)
  }

  @Test("NeuMF has the names and sizes of the published model")
  func neuMFNames() throws {
    let model = try NeuMF(space: InteractionSpace(userCount: 10, itemCount: 20), generator: Generator(seed: 0))
    #expect(
      model.namedParameters().map { "\($0.name) \($0.tensor.shape)" } == [
        "gu.weight [10, 32]", "gi.weight [20, 32]", "mu.weight [10, 64]", "mi.weight [20, 64]",
        "mlp.0.weight [64, 128]", "mlp.0.bias [64]", "mlp.2.weight [32, 64]", "mlp.2.bias [32]",
        "mlp.4.weight [16, 32]", "mlp.4.bias [16]",
        "out.weight [1, 48]", "out.bias [1]",
      ])
  }

  @Test("in-batch logits take the correction for popularity and leave repeats out")
  func inBatch() throws {
    let model = try TwoTower(
      .init(dimension: 2, temperature: 0.5), space: ModelCase.space(), generator: Generator(seed: 4))
    let batch = Batch(users: try Tensor([0, 1, 2]), items: try Tensor([3, 5, 3]))
    let logQ = try Tensor((0..<ModelCase.itemCount).map { Float($0) * -0.25 })
    let plain = try model.userVectors(batch.users).matmul(model.itemVectors(batch.items).t()).div(0.5)
    let corrected = try plain.sub(logQ.indexSelect(dim: 0, index: batch.items))
    try expectClose(model.inBatchLogits(batch, maskingRepeats: false), plain)
    try expectClose(model.inBatchLogits(batch, logQ: logQ, maskingRepeats: false), corrected)
    let masked = try model.inBatchLogits(batch, logQ: logQ).floats()
    #expect(masked[2] == -1e9 && masked[6] == -1e9)
    #expect(masked.filter { $0 == -1e9 }.count == 2)
  }

  @Test("padding and the order of the rows do not reach the state of a sequence")
  func padding() throws {
    let model = try SequenceRecommender(
      .init(dimension: 4, hidden: 3), space: ModelCase.space(), generator: Generator(seed: 6))
    model.eval()
    let short = try model.nextItemLogits(histories: Tensor([4, 2], shape: [1, 2]), lengths: Tensor([2]))
    let long = try model.nextItemLogits(
      histories: Tensor([1, 1, 1, 1, 4, 2, 9, 9], shape: [2, 4]), lengths: Tensor([4, 2]))
    try expectClose(long.rows(1..<2), short)
  }

  @Test("a sequence model without histories says what to set")
  func noHistories() throws {
    let model = try SequenceRecommender(.init(dimension: 4, hidden: 3), space: ModelCase.space())
    let error = #expect(throws: ModelError.self) { try model.scoreAllItems(users: Tensor([0])) }
    #expect(error?.message.contains("set `histories`") == true)
    let batch = Batch(
      users: try Tensor([0]), items: try Tensor([1]), histories: try Tensor([2, 3], shape: [1, 2]),
      lengths: try Tensor([2]))
    #expect(try model.logits(batch).shape == [1])
  }

  @Test("histories come in the order of time, cut to the most recent, and are empty for a stranger")
  func histories() throws {
    let log = Interactions(
      users: [1, 0, 1, 1], items: [5, 6, 7, 8], ratings: [], timestamps: [30, 10, 20, 30])
    let histories = try UserHistories(log, userCount: 3)
    #expect(Array(histories.items(of: 1)) == [7, 5, 8])
    let (rows, lengths) = try histories.batch(of: [1, 2, 0], maximumLength: 2)
    #expect(try rows.ints() == [5, 8, 0, 0, 6, 0])
    #expect(try lengths.ints() == [2, 0, 1])
    #expect(throws: DataError.self) { try UserHistories(log, userCount: 1) }
  }
}
