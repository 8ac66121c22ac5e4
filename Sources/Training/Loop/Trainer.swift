import Features
import Models
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
public final class Trainer {
  public let model: any Recommender
  public let split: Split
  public let configuration: TrainConfiguration
  public let evaluation: EvaluateConfiguration
  public let device: Device
  public let seed: UInt64
  public let run: RunDirectory?
  public var observer: (any TrainingObserver)?
  /// Asked after each step and between blocks of an evaluation: a signal's number ends the run after a checkpoint.
  public var stopSignal: () -> Int32? = { SignalWatcher.pending }

  /// Where the run stands.
  public internal(set) var state: TrainingState
  let validator: Evaluator?
  private var tester: Evaluator?
  let parameters: [Tensor]
  let optimizer: (any Optimizer)?
  let scaler: GradScaler?
  let average: WeightAverage?
  let loader: BatchLoader?
  let lossFunction: LossFunction?
  let schedule: LearningRateSchedule
  /// Sum of the losses of this epoch's batches, kept on the device so that no step waits to read it.
  let lossSum: Tensor
  var log: RunLog?
  var bestWeights: [(String, Tensor)] = []
  var secondsToFirstStep: Double?

  /// - Parameters:
  ///   - split: its validation part chooses the best epoch; without one the last epoch counts as the best.
  ///   - device: where the model is moved to.
  ///   - seed: of batches, negatives, dropout and tie breaks.
  ///   - run: where checkpoints and metrics go; nil keeps everything in memory.
  /// - Throws: `DataError` for an empty part, `ConfigurationError` when the loss does not suit the model,
  ///   `TrainingError` for a precision that the device lacks.
  public init(
    _ model: any Recommender, split: Split, configuration: TrainConfiguration = TrainConfiguration(),
    evaluation: EvaluateConfiguration = EvaluateConfiguration(), device: Device = .cpu, seed: UInt64 = 1,
    run: RunDirectory? = nil, observer: (any TrainingObserver)? = nil
  ) throws {
    self.model = model
    self.split = split
    self.configuration = configuration
    self.evaluation = evaluation
    self.device = device
    self.seed = seed
    self.run = run
    self.observer = observer
    if configuration.precision == .fp16, device.isCPU {
      throw TrainingError(
        .unavailable,
        "train.precision: received fp16 on the CPU, which has no float16 training; use bf16 or fp32, or a GPU")
    }
    state = TrainingState(model: model.modelName, seed: seed, metric: configuration.earlyStopping.metric)
    try Engine.manualSeed(seed)
    if device.isCUDA { try Engine.setAllowTF32(configuration.precision == .tf32) }
    try model.to(device: device)
    let space = model.space
    validator =
      split.validation.isEmpty || configuration.validateEvery == 0
      ? nil
      : try Evaluator(
        .validation, of: split, space: space, configuration: evaluation, loss: configuration.loss, seed: seed)
    lossSum = try Tensor.zeros([], dtype: .float64, device: device)
    let named = model.namedParameters()
    parameters = named.map(\.tensor)
    average = configuration.weightAverage.map { WeightAverage(named, decay: $0) }
    guard !named.isEmpty, !(model is any CountingRecommender) else {
      (optimizer, scaler, loader, lossFunction, schedule) = (nil, nil, nil, nil, .constant)
      return
    }
    let sampler = try Self.sampler(configuration, split: split, space: space)
    let loader = try BatchLoader(
      train: split.train, itemCount: space.itemCount, userCount: space.userCount, kind: configuration.loss.batchKind,
      batchSize: configuration.batch, sampler: sampler, seed: seed, workers: configuration.workers,
      prefetch: configuration.prefetch, pinned: device.isCUDA)
    loader.epochLimit = configuration.epochs
    self.loader = loader
    optimizer = try configuration.optimizer.make(named)
    scaler = configuration.precision == .fp16 ? try GradScaler() : nil
    lossFunction = try LossFunction(configuration.loss, model: model, train: split.train, device: device)
    schedule = configuration.schedule.make(stepsPerEpoch: loader.batchesPerEpoch, epochs: configuration.epochs)
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
