import Features
import Models
import Sparse
import Torch
import TorchNN

/// Trains any recommender on a split and keeps the weights of its best epoch.
///
/// ```swift
/// let dataset = try Datasets.load("synthetic:implicit")
/// let model = try MyModel(space: InteractionSpace(dataset))
/// let trainer = try Trainer(model, on: dataset, configuration: TrainConfiguration(epochs: 5, loss: .bpr(negatives: 1)))
/// try trainer.fit()
/// print(try trainer.evaluate()["ndcg@10"] ?? 0)
/// ```
///
/// The model may be one of your own: a `Module` that conforms to `Recommender`. With a `run` directory every epoch leaves a
/// checkpoint, and `fit(resuming: true)` continues from the last one bit for bit.
public final class Trainer: TrainingLoop {
  public let model: any Recommender
  public let split: Split
  public let configuration: TrainConfiguration
  public let evaluation: EvaluateConfiguration
  private let validator: Evaluator?
  private var tester: Evaluator?
  /// Both nil for a model without steps.
  private let loader: BatchLoader?
  private let lossFunction: LossFunction?

  /// - Parameters:
  ///   - split: its validation part chooses the best epoch; without one the last epoch counts as the best.
  ///   - device: where the model is moved to.
  ///   - seed: of batches, negatives, dropout and tie breaks.
  ///   - run: where checkpoints and metrics go; nil keeps everything in memory.
  ///   - world: the processes that train together; each takes its part of every batch.
  /// - Throws: `DataError` for an empty part, `ConfigurationError` when the loss does not suit the model,
  ///   `TrainingError` for a precision that the device lacks.
  public init(
    _ model: any Recommender, split: Split, configuration: TrainConfiguration = TrainConfiguration(),
    evaluation: EvaluateConfiguration = EvaluateConfiguration(), device: Device = .cpu, seed: UInt64 = 1,
    run: RunDirectory? = nil, observer: (any TrainingObserver)? = nil, world: TrainingWorld? = nil
  ) throws {
    self.model = model
    self.split = split
    self.configuration = configuration
    self.evaluation = evaluation
    let space = model.space
    validator =
      split.validation.isEmpty || configuration.validateEvery == 0
      ? nil
      : try Evaluator(
        .validation, of: split, space: space, configuration: evaluation, loss: configuration.loss, seed: seed)
    let isTrained =
      !(model is any CountingRecommender) && !(model.namedParameters().isEmpty && model.fusedOptimizers().isEmpty)
    if isTrained {
      let loader = try BatchLoader(
        train: split.train, itemCount: space.itemCount, userCount: space.userCount, kind: configuration.loss.batchKind,
        batchSize: configuration.batch, sampler: Self.sampler(configuration, split: split, space: space), seed: seed,
        workers: configuration.workers, prefetch: configuration.prefetch, pinned: device.isCUDA,
        shard: world?.shard ?? RowShard())
      loader.epochLimit = configuration.epochs
      self.loader = loader
      lossFunction = try LossFunction(configuration.loss, model: model, train: split.train, device: device)
    } else {
      (loader, lossFunction) = (nil, nil)
    }
    try super.init(
      model, named: model.modelName, settings: configuration.loop, isTrained: isTrained,
      expectedBatches: loader?.batchesPerEpoch ?? 0, trainRows: split.train.count, device: device, seed: seed, run: run,
      observer: observer, world: world)
  }

  /// Trains on a data set split by leave-one-out in time, with one training item of each user held out to choose the best
  /// epoch.
  public convenience init(
    _ model: any Recommender, on dataset: Dataset, configuration: TrainConfiguration = TrainConfiguration(),
    evaluation: EvaluateConfiguration = EvaluateConfiguration(), device: Device = .cpu, seed: UInt64 = 1,
    observer: (any TrainingObserver)? = nil
  ) throws {
    let split = try Split.make(
      dataset, method: dataset.given == nil ? .leaveOneOut : .given, validation: .onePerUser(seed: seed))
    try self.init(
      model, split: split, configuration: configuration, evaluation: evaluation, device: device, seed: seed,
      observer: observer)
  }

  /// Measures the model on the test part. After `fit` the model holds the weights of the best epoch.
  public func evaluate() throws -> EvaluationResult {
    let tester =
      try tester
      ?? Evaluator(
        .test, of: split, space: model.space, configuration: evaluation, loss: configuration.loss, seed: seed)
    self.tester = tester
    return try tester.evaluate(model)
  }

  // MARK: The loop

  /// A model that counts needs one pass.
  override var epochCount: Int { loader == nil ? 1 : super.epochCount }

  override var validates: Bool { validator != nil }

  override func validate(_ shouldStop: () -> Bool) throws -> EvaluationResult? {
    try validator?.evaluate(model, shouldStop: shouldStop)
  }

  override func batches(ofEpoch epoch: Int, startingAt start: Int) throws -> LoopBatches {
    guard let loader, let lossFunction else { return try super.batches(ofEpoch: epoch, startingAt: start) }
    let batches = loader.epoch(epoch, startingAtBatch: start)
    return LoopBatches(
      next: { [device] in
        guard let made = try batches.next() else { return nil }
        let batch = device.isCPU ? made : try made.to(device: device)
        return LoopBatches.Element(rows: batch.count, wholeRows: batch.wholeCount) { [unowned self] in
          if batch.count > 0 { return try lossFunction.value(batch) }
          // No rows of a small last batch are this rank's; the others wait for its gradients.
          return try parameters.reduce(Tensor.zeros([], device: device)) { try $0 + $1.sum() * 0 }
        }
      }, waitSeconds: { loader.waitSeconds })
  }

  override func trainEpoch() throws -> TrainingOutcome.Ending? {
    if loader != nil { return try super.trainEpoch() }
    let start = ProcessClock.now
    if let model = model as? any CountingRecommender { try model.fit(split.train) }
    state.seconds += ProcessClock.now - start
    state.samples = split.train.count
    return try finishEpoch(
      state.epoch, isWhole: true, loss: 0, pace: Pace(seconds: state.seconds, samples: state.samples, loaderWait: 0))
  }

  private static func sampler(
    _ configuration: TrainConfiguration, split: Split, space: InteractionSpace
  ) throws -> (any NegativeSampler)? {
    guard configuration.loss.batchKind.negatives > 0 else { return nil }
    let seen = try SeenItems([split.train], userCount: space.userCount, itemCount: space.itemCount)
    switch configuration.sampler {
    case .uniform: return UniformNegativeSampler(seen: seen)
    case .popularity:
      return try PopularityNegativeSampler(seen: seen, counts: split.train.itemCounts(itemCount: space.itemCount))
    }
  }
}
