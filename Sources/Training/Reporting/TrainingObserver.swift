import Environment
import Sparse

/// Is told how a training run goes. Every method may be left out.
public protocol TrainingObserver: AnyObject {
  /// While a ranker's features are fitted, which reads the training rows once.
  ///
  /// - Parameter done: the share of them that was read, 0 to 1.
  func featuresFitted(_ done: Double)
  /// Before the memory of the model's tables is taken; none for a model without tables.
  ///
  /// - Parameter demands: what they take in each memory, and what is free there.
  func memoryPlanned(_ plan: EmbeddingPlan, _ demands: [EmbeddingPlan.Demand])
  /// Before the first step. `step` is above 0 when the run continues.
  func trainingBegan(_ plan: TrainingPlan)
  /// A few times a second at most.
  func trainingAdvanced(_ progress: TrainingProgress)
  /// After a validation inside an epoch.
  func validated(_ summary: ValidationSummary)
  /// After each epoch, with its validation metrics where it was validated.
  func epochEnded(_ summary: EpochSummary)
  /// Something that a user should know and need not mend.
  func noted(_ text: String)
  func trainingEnded(_ outcome: TrainingOutcome)
}

extension TrainingObserver {
  public func featuresFitted(_ done: Double) {}
  public func memoryPlanned(_ plan: EmbeddingPlan, _ demands: [EmbeddingPlan.Demand]) {}
  public func trainingBegan(_ plan: TrainingPlan) {}
  public func trainingAdvanced(_ progress: TrainingProgress) {}
  public func validated(_ summary: ValidationSummary) {}
  public func epochEnded(_ summary: EpochSummary) {}
  public func noted(_ text: String) {}
  public func trainingEnded(_ outcome: TrainingOutcome) {}
}

/// What is about to be trained.
public struct TrainingPlan: Sendable {
  public var model: String
  /// Trained numbers, those of tables that are updated in backward included.
  public var parameterCount: Int
  /// nil where it is known at the end of an epoch only, like the next.
  public var trainRows: Int?
  public var batchesPerEpoch: Int?
  public var epochs: Int
  public var step: Int
  public var epoch: Int
  public var batch: Int
  public var device: String

  public init(
    model: String, parameterCount: Int, trainRows: Int?, batchesPerEpoch: Int?, epochs: Int, step: Int, epoch: Int,
    batch: Int, device: String
  ) {
    self.model = model
    self.parameterCount = parameterCount
    self.trainRows = trainRows
    self.batchesPerEpoch = batchesPerEpoch
    self.epochs = epochs
    self.step = step
    self.epoch = epoch
    self.batch = batch
    self.device = device
  }
}

/// Where a run stands between two steps.
public struct TrainingProgress: Sendable {
  /// From 0.
  public var epoch: Int
  public var epochs: Int
  public var batch: Int
  /// nil where it is known at the end of an epoch only.
  public var batchesPerEpoch: Int?
  public var step: Int
  /// Mean of this epoch so far.
  public var loss: Double
  public var learningRate: Double
  public var samplesPerSecond: Double
  /// The share of the time spent waiting for batches, 0 to 1.
  public var loaderWait: Double
  /// Seconds to the end of the last epoch at this pace, validation not counted; NaN where nobody knows.
  public var secondsLeft: Double
  /// Metrics over the last training batches: `("auc", 0.78)`.
  public var window: [(name: String, value: Double)]
  public var gpu: GPUUsage?

  public init(
    epoch: Int, epochs: Int, batch: Int, batchesPerEpoch: Int?, step: Int, loss: Double, learningRate: Double,
    samplesPerSecond: Double, loaderWait: Double, secondsLeft: Double, window: [(name: String, value: Double)] = [],
    gpu: GPUUsage? = nil
  ) {
    self.epoch = epoch
    self.epochs = epochs
    self.batch = batch
    self.batchesPerEpoch = batchesPerEpoch
    self.step = step
    self.loss = loss
    self.learningRate = learningRate
    self.samplesPerSecond = samplesPerSecond
    self.loaderWait = loaderWait
    self.secondsLeft = secondsLeft
    self.window = window
    self.gpu = gpu
  }
}

/// A validation inside an epoch.
public struct ValidationSummary: Sendable {
  /// From 0.
  public var epoch: Int
  public var epochs: Int
  public var step: Int
  public var result: EvaluationResult
  /// The metric that chooses the best weights, and whether these are the best so far.
  public var metric: String
  public var isBest: Bool
}

/// One epoch that is over.
public struct EpochSummary: Sendable {
  /// From 0.
  public var epoch: Int
  public var epochs: Int
  public var step: Int
  public var loss: Double
  public var learningRate: Double
  public var samplesPerSecond: Double
  public var loaderWait: Double
  public var seconds: Double
  public var secondsLeft: Double
  public var validation: EvaluationResult?
  /// The metric that chooses the best epoch, and whether this one is the best so far.
  public var metric: String
  public var isBest: Bool
  /// Rows that were left out because they were faulty.
  public var skippedRows: Int
  public var gpu: GPUUsage?

  public init(
    epoch: Int, epochs: Int, step: Int, loss: Double, learningRate: Double, samplesPerSecond: Double,
    loaderWait: Double, seconds: Double, secondsLeft: Double, validation: EvaluationResult? = nil,
    metric: String, isBest: Bool, skippedRows: Int = 0, gpu: GPUUsage? = nil
  ) {
    self.epoch = epoch
    self.epochs = epochs
    self.step = step
    self.loss = loss
    self.learningRate = learningRate
    self.samplesPerSecond = samplesPerSecond
    self.loaderWait = loaderWait
    self.seconds = seconds
    self.secondsLeft = secondsLeft
    self.validation = validation
    self.metric = metric
    self.isBest = isBest
    self.skippedRows = skippedRows
    self.gpu = gpu
  }
}

/// How a run ended.
public struct TrainingOutcome: Sendable {
  public enum Ending: Sendable, Equatable {
    case finished
    /// Validation had not improved for as long as the configuration allows.
    case stoppedEarly
    /// SIGINT or SIGTERM; the run can be resumed.
    case interrupted(signal: Int32)
  }

  public var ending: Ending
  public var state: TrainingState
  /// Seconds from the process's start to the end of the first step of this sitting; nil when no step was made.
  public var secondsToFirstStep: Double?

  public var samplesPerSecond: Double {
    state.seconds > 0 ? Double(state.samples) / state.seconds : 0
  }
}
