import Features
import Models
import Sharding
import Sparse
import Torch
import TorchDistributed
import TorchNN

/// A ranker on batches of click-log shape, drawn beforehand: 13 numbers and 26 features of one id each.
///
/// Row-wise Adagrad inside backward for the tables, Adagrad for the dense part.
final class RankerWorkload {
  let model: any Ranker
  private let optimizer: Adagrad
  let batches: [(dense: Tensor, ids: Tensor, labels: Tensor)]
  private let clock: SparseClock
  private let parallel: DistributedDataParallel?
  private var next = 0
  private var pipeline: TrainPipeline<FeatureBatch>?
  /// Batches so far.
  private var count = 0
  private let world: ProcessGroup?

  /// - Parameters:
  ///   - rows: of each of the 26 tables.
  ///   - world: where the tables are divided; each rank draws batches of its own.
  ///   - mode: how far batches overlap there.
  init(
    _ configuration: RankerConfiguration, rows: [Int], batch: Int, clock: SparseClock, seed: UInt64,
    world: ((_ tables: [EmbeddingBagConfig]) throws -> RankerTables.World)? = nil, mode: PipelineMode = .exact
  ) throws {
    self.clock = clock
    let generator = try Generator(seed: seed)
    let space = Self.space(rows)
    var tables = Self.tables
    tables.world = try world?(configuration.tables(in: space, tables: tables))
    let model = try configuration.make(space: space, tables: tables, generator: generator)
    self.model = model
    self.world = tables.world?.group
    parallel = try tables.world.map { world in
      var options = DataParallelOptions()
      options.ignored = Set(model.namedBuffers().map(\.name))
      return try DistributedDataParallel(model, group: world.group, options: options)
    }
    // Every rank has drawn the same until here.
    try generator.seed(seed &+ UInt64(tables.world?.group.rank ?? 0))
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
    pipeline = TrainPipeline(mode, tables: model.shardedEmbeddings, features: \.sparse) { [unowned self] in
      try layOut()
    }
  }

  private static func space(_ rows: [Int]) -> FeatureSpace {
    FeatureSpace(
      dense: (0..<13).map { "I\($0)" }, categorical: rows.enumerated().map { .init("C\($0)", rows: $1) })
  }

  private static var tables: RankerTables {
    RankerTables(optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01))
  }

  /// The tables of such a model, without making any.
  static func tables(_ configuration: RankerConfiguration, rows: [Int]) -> [EmbeddingBagConfig] {
    configuration.tables(in: space(rows), tables: tables)
  }

  /// Parameters of its layers behind the tables.
  static func denseParameters(_ configuration: RankerConfiguration) throws -> Int {
    let model = try configuration.make(
      space: space(SparseIDs.criteoKaggle.map { _ in 1 }), tables: tables, generator: try Generator(seed: 1))
    return model.namedParameters().reduce(0) { $0 + $1.tensor.count }
  }

  /// One training step, the layout of the ids included; milliseconds of the whole and of its parts.
  func step() throws -> [String: Double] {
    let began = clock.now()
    let timeline = world?.timeline
    timeline?.begin(batch: count)
    count += 1
    guard let pipeline, let batch = try pipeline.next() else { throw BenchmarkError("the workload has no batches") }
    let loss = try timeline.span(.forward) { try Loss.bceWithLogits(model.predict(batch).logits, batch.labels) }
    try pipeline.forwardEnded()
    let forward = clock.now()
    try timeline.span(.backward) {
      try loss.backward()
      try pipeline.backwardEnded()
      try parallel?.synchronize()
    }
    let backward = clock.now()
    try timeline.span(.update) {
      try optimizer.step()
      try optimizer.zeroGrad()
    }
    _ = try loss.item()
    let end = clock.now()
    return ["step": end - began, "forward": forward - began, "backward": backward - forward, "update": end - backward]
  }

  private func layOut() throws -> FeatureBatch {
    let (dense, ids, labels) = batches[next % batches.count]
    next += 1
    return FeatureBatch(
      dense: dense, sparse: try KeyedJaggedTensor(keys: model.space.categorical.map(\.name), columns: ids),
      labels: labels)
  }
}
