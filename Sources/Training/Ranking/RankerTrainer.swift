import Features
import Foundation
import RecommenderMetrics
import Models
import Sharding
import Torch
import TorchNN

/// Trains any ranker on batches of feature rows and keeps the weights of its best epoch.
///
/// ```swift
/// let data = try RowDatasets.load("synthetic:criteo")
/// let pipeline = try data.fit()
/// let model = try RankerRegistry.make(name: "dlrm", space: pipeline.space)
/// let trainer = try RankerTrainer(model, train: rows, validation: held, test: unseen)
/// try trainer.fit()
/// print(try trainer.evaluate()["auc"] ?? 0)
/// ```
///
/// Tables with an optimiser of their own are updated in backward and follow the schedule; `train.optimizer` has the other
/// parameters, and `clip_norm` is theirs alone. A checkpoint streams the tables to its file while they are trained, so that they are in memory once; with
/// a `run` directory the best weights are on disk only.
public final class RankerTrainer: TrainingLoop {
  /// Rows of training over which the metrics of the progress bar run.
  static let window = 100_000

  public let model: any Ranker
  public let configuration: RankingTrainConfiguration
  private let train: any FeatureBatches
  private let validator: RankerEvaluator?
  private let tester: RankerEvaluator?
  private let lossFunction: RankingLoss
  private let sharding: ShardingConfiguration
  /// Of the last training batches.
  private var metrics: RankerMetrics
  private var reported: (time: Double, values: [(name: String, value: Double)])?

  /// - Parameters:
  ///   - validation: chooses the best epoch; without it the last epoch counts as the best.
  ///   - test: what ``evaluate()`` measures on.
  ///   - negativeRate: the share of the rows without an answer of 1 that `train` keeps; predictions are corrected for it.
  ///   - device: where the model is moved to.
  ///   - run: where checkpoints and metrics go; nil keeps everything in memory, a copy of the best weights too.
  ///   - world: the processes that train together; each gives the parts of the batches that are its own.
  ///   - sharding: how far batches overlap where tables are divided over them.
  /// - Throws: `ConfigurationError` for weights of goals that the model lacks, `TrainingError` for a precision that the device or
  ///   the model lacks.
  public init(
    _ model: any Ranker, train: any FeatureBatches, validation: (any FeatureBatches)? = nil,
    test: (any FeatureBatches)? = nil, configuration: RankingTrainConfiguration = RankingTrainConfiguration(),
    negativeRate: Double = 1, device: Device = .cpu, seed: UInt64 = 1, run: RunDirectory? = nil,
    observer: (any TrainingObserver)? = nil, world: TrainingWorld? = nil,
    sharding: ShardingConfiguration = ShardingConfiguration()
  ) throws {
    self.model = model
    self.sharding = sharding
    self.configuration = configuration
    self.train = train
    validator =
      configuration.validateEvery == 0
      ? nil : validation.map { RankerEvaluator($0, negativeRate: negativeRate, device: device, world: world) }
    tester = test.map { RankerEvaluator($0, negativeRate: negativeRate, device: device, world: world) }
    lossFunction = try RankingLoss(goals: model.space.labels, weights: configuration.goalWeights, device: device)
    metrics = try RankerMetrics(goals: model.space.labels, windowSize: Self.window)
    // The size of the files tells about how many rows they have: enough for a schedule and a bar.
    let rows = train.rowsPerEpoch ?? (train as? RowLoader)?.estimatedRows
    try super.init(
      model, named: model.modelName, settings: configuration.loop,
      expectedBatches: rows.map { Self.batches($0, train) }, trainRows: rows, device: device, seed: seed, run: run,
      observer: observer, world: world)
  }

  /// Measures the model on the test part. After `fit` the model holds the weights of the best epoch.
  ///
  /// - Throws: `DataError` without such a part.
  public func evaluate() throws -> EvaluationResult {
    guard let tester else {
      throw DataError(.empty, "there is no test part", remedy: "give the trainer one: `test:`")
    }
    return try tester.evaluate(model)
  }

  // MARK: The loop

  private static func batches(_ rows: Int, _ source: any FeatureBatches) -> Int {
    max(1, (rows + source.batchSize - 1) / max(1, source.batchSize))
  }

  override var batchesPerEpoch: Int? { train.rowsPerEpoch.map { Self.batches($0, train) } }

  override var validates: Bool { validator != nil }

  override func validate(_ shouldStop: () -> Bool) throws -> EvaluationResult? {
    try validator?.evaluate(model, shouldStop: shouldStop)
  }

  override func batches(ofEpoch epoch: Int, startingAt start: Int) throws -> LoopBatches {
    let rows = try train.epoch(epoch, startingAtBatch: start)
    let pipeline = TrainPipeline(
      sharding.pipeline, prefetches: sharding.prefetch, tables: device.isCPU ? model.shardedEmbeddings : nil,
      startingAt: state.step,
      features: \FeatureBatch.sparse, load: rows.next)
    return LoopBatches(
      next: { [unowned self] in
        guard let made = try pipeline.next() else { return nil }
        return LoopBatches.Element(
          rows: made.count, wholeRows: made.wholeCount,
          loss: { [unowned self] in
            let loss = try loss(of: made)
            try pipeline.forwardEnded()
            return loss
          }, meanwhile: pipeline.backwardEnded)
      }, waitSeconds: { rows.waitSeconds }, skippedRows: { rows.skippedRows }, saved: pipeline.lookUpAgain)
  }

  private func loss(of made: FeatureBatch) throws -> Tensor {
    let isComplete = try made.hasAllLabels
    let batch = try timeline.span(.copy) { try made.to(device: device) }
    let output = try model.predict(batch)
    // The other ranks wait for this one's part of the step, though it has no rows.
    if batch.count == 0 { return try output.logits.sum() * 0 }
    let loss = try lossFunction(output, batch, isComplete: isComplete)
    // Reading a GPU's logits waits for it: there one batch in sixteen is enough for a window.
    if device.isCPU || state.step % 16 == 0 {
      try metrics.update(
        logits: output.logits.detach(), labels: made.labels, weights: made.sampleWeights, groups: made.groups)
    }
    return loss
  }

  // MARK: Metrics over the last batches

  override var windowMetrics: [(name: String, value: Double)] {
    // Sorting a window takes milliseconds: once a second is enough for a bar.
    if let reported, ProcessClock.now - reported.time < 1 { return reported.values }
    let report = metrics.report()
    let values = model.space.labels.compactMap { goal -> (name: String, value: Double)? in
      let name = model.space.labels.count == 1 ? "auc" : "\(goal)/auc"
      let key = model.space.labels.count == 1 ? "window_auc" : "\(goal)/window_auc"
      return report[key].map { (name, $0) }
    }
    reported = (ProcessClock.now, values)
    return values
  }

  override func ownState() throws -> [String: Tensor] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return ["metrics": try Tensor([UInt8](encoder.encode(metrics)))]
  }

  override func restoreOwn(_ state: [String: Tensor]) throws {
    guard let bytes = try state["metrics"]?.values(UInt8.self) else { return }
    guard let restored = try? JSONDecoder().decode(RankerMetrics.self, from: Data(bytes)) else {
      throw ModuleError(.stateMismatch, "the metrics of the last batches cannot be read")
    }
    metrics = restored
  }
}
