import Features
import Foundation
import Models
import Sparse
import Torch
import TorchNN

/// Rows in memory whose clicks follow a planted logistic model over three categories and two numbers.
final class ToyRows: FeatureBatches {
  static let tables = [20, 8, 50]

  let space: FeatureSpace
  let batchSize: Int
  /// Whether the number of rows is said beforehand.
  var saysCount = true
  /// The share of answers that are missing.
  var missing = 0.0
  var isWeighted = false
  var skipped = 0
  private let rows: Range<Int>

  init(rows: Range<Int>, batchSize: Int = 64, goals: [String] = ["click"]) {
    self.rows = rows
    self.batchSize = batchSize
    space = FeatureSpace(
      dense: ["a", "b"],
      categorical: zip(["x", "y", "z"], Self.tables).map { FeatureSpace.Categorical($0, rows: $1) }, labels: goals)
  }

  var rowsPerEpoch: Int? { saysCount ? rows.count : nil }

  func epoch(_ epoch: Int, startingAtBatch start: Int) throws -> any FeatureBatchIterator {
    var random = RandomStream(seed: 9, UInt64(epoch))
    return Rows(self, rows.shuffled(using: &random), batch: start)
  }

  private final class Rows: FeatureBatchIterator {
    let waitSeconds = 0.0
    var skippedRows: Int { source.skipped }
    private let source: ToyRows
    private let order: [Int]
    private var batch: Int

    init(_ source: ToyRows, _ order: [Int], batch: Int) {
      self.source = source
      self.order = order
      self.batch = batch
    }

    func next() throws -> FeatureBatch? {
      let start = batch * source.batchSize
      guard start < order.count else { return nil }
      batch += 1
      return try source.batch(Array(order[start..<min(order.count, start + source.batchSize)]))
    }
  }

  /// What the clicks are drawn from.
  static func logit(_ ids: [Int], _ numbers: [Float]) -> Double {
    let weights = zip(ids, [1.0, 2, 3]).map { id, step in sin(Double(id) * 1.7 * step) }
    return weights.reduce(-0.5, +) + Double(numbers[0]) - 0.5 * Double(numbers[1])
  }

  private func batch(_ rows: [Int]) throws -> FeatureBatch {
    var (dense, labels): ([Float], [Float]) = ([], [])
    var ids = [[Int]](repeating: [], count: 3)
    for row in rows {
      var random = RandomStream(seed: 4, UInt64(row))
      let chosen = Self.tables.map { random.next(below: $0) }
      let numbers = (0..<2).map { _ in Float(random.nextUnit() * 2 - 1) }
      for (key, id) in chosen.enumerated() { ids[key].append(id) }
      dense += numbers
      for goal in space.labels.indices {
        // The second goal is the opposite of the first.
        let logit = Self.logit(chosen, numbers) * (goal == 0 ? 1 : -1)
        let label: Float = random.nextUnit() < 1 / (1 + exp(-logit)) ? 1 : 0
        labels.append(random.nextUnit() < missing ? .nan : label)
      }
    }
    let sparse = try KeyedJaggedTensor(
      keys: ["x", "y", "z"], values: Tensor(ids.flatMap { $0.map(Int64.init) }),
      lengths: Tensor([Int64](repeating: 1, count: 3 * rows.count)))
    return FeatureBatch(
      dense: try Tensor(dense, shape: [rows.count, 2]), sparse: sparse,
      labels: try Tensor(labels, shape: [rows.count, space.labels.count]),
      sampleWeights: isWeighted ? try Tensor(rows.map { Float($0 % 3) }) : nil)
  }
}

/// A ranker whose answer is a parameter a row, whatever the features: its loss can be worked out by hand.
final class FixedRanker: Module, Ranker {
  static let modelName = "fixed"
  let space: FeatureSpace
  private let logits: Tensor
  private let auxiliary: Double?

  init(_ logits: [Float], space: FeatureSpace, auxiliary: Double? = nil) throws {
    self.space = space
    self.auxiliary = auxiliary
    let members = Members()
    self.logits = try members.parameter(
      "logits", Tensor(logits, shape: [logits.count / space.labels.count, space.labels.count]))
    super.init(members)
  }

  func predict(_ batch: FeatureBatch) throws -> RankerOutput {
    RankerOutput(logits: logits, auxiliaryLoss: try auxiliary.map { try logits.sum() * 0 + $0 })
  }
}

/// One batch, the same in every epoch.
final class OneBatch: FeatureBatches {
  let space: FeatureSpace
  let batchSize: Int
  let rowsPerEpoch: Int?
  private let batch: FeatureBatch

  init(labels: [Float], goals: [String], weights: [Float]? = nil) throws {
    let count = labels.count / goals.count
    space = FeatureSpace(dense: [], labels: goals)
    (batchSize, rowsPerEpoch) = (count, count)
    batch = FeatureBatch(
      dense: try Tensor.zeros([count, 0]),
      sparse: try KeyedJaggedTensor(
        keys: ["x"], values: Tensor([Int64](repeating: 0, count: count)),
        lengths: Tensor([Int64](repeating: 1, count: count))),
      labels: try Tensor(labels, shape: [count, goals.count]), sampleWeights: try weights.map { try Tensor($0) })
  }

  func epoch(_ epoch: Int, startingAtBatch start: Int) throws -> any FeatureBatchIterator {
    Once(start == 0 ? batch : nil)
  }

  private final class Once: FeatureBatchIterator {
    let waitSeconds = 0.0
    let skippedRows = 0
    private var batch: FeatureBatch?
    init(_ batch: FeatureBatch?) { self.batch = batch }
    func next() throws -> FeatureBatch? {
      defer { batch = nil }
      return batch
    }
  }
}
