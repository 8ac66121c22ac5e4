import Features
import Models
import Sparse
import Torch
import TorchNN

/// A ranker on batches of click-log shape, drawn beforehand: 13 numbers and 26 features of one id each.
///
/// Row-wise Adagrad inside backward for the tables, Adagrad for the dense part.
final class RankerWorkload {
  let model: any Ranker
  private let optimizer: Adagrad
  let batches: [(dense: Tensor, ids: Tensor, labels: Tensor)]
  private let clock: SparseClock
  private var next = 0

  /// - Parameter rows: of each of the 26 tables.
  init(_ configuration: RankerConfiguration, rows: [Int], batch: Int, clock: SparseClock, seed: UInt64) throws {
    self.clock = clock
    let generator = try Generator(seed: seed)
    let space = FeatureSpace(
      dense: (0..<13).map { "I\($0)" }, categorical: rows.enumerated().map { .init("C\($0)", rows: $1) })
    model = try configuration.make(
      space: space, tables: RankerTables(optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01)),
      generator: generator)
    optimizer = try Adagrad(model.namedParameters(), learningRate: 0.01)
    let truth = try Tensor.randn([13], generator: generator)
    batches = try (0..<24).map { _ in
      let columns = try rows.map { try SparseIDs.draw(batch, rows: $0, law: .zipf, generator: generator) }
      let dense = try Tensor.rand([batch, 13], generator: generator)
      let score = try dense.mv(truth)
      let noise = try Tensor.randn([batch], generator: generator) * 0.3
      let labels = try (score + noise).gt(score.mean()).to(dtype: .float32).unsqueeze(dim: 1)
      return (dense, try Tensor.stack(columns, dim: 1), labels)
    }
  }

  /// One training step, the layout of the ids included; milliseconds of the whole and of its parts.
  func step() throws -> [String: Double] {
    let began = clock.now()
    let (dense, ids, labels) = batches[next % batches.count]
    next += 1
    let batch = FeatureBatch(
      dense: dense, sparse: try KeyedJaggedTensor(keys: model.space.categorical.map(\.name), columns: ids),
      labels: labels)
    let loss = try Loss.bceWithLogits(model.predict(batch).logits, labels)
    let forward = clock.now()
    try loss.backward()
    let backward = clock.now()
    try optimizer.step()
    try optimizer.zeroGrad()
    _ = try loss.item()
    let end = clock.now()
    return ["step": end - began, "forward": forward - began, "backward": backward - forward, "update": end - backward]
  }
}
