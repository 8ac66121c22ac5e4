import Models
import Sparse
import Torch
import TorchDistributed
import TorchNN

/// What all trainers share: epochs of batches, optimisers, checkpoints that resume bit for bit, validation, early stopping, the
/// log, and what an observer is told.
///
/// A trainer is a subclass that gives the batches with their losses, and measures the model.
public class TrainingLoop {
  public let device: Device
  public let seed: UInt64
  public let run: RunDirectory?
  public var observer: (any TrainingObserver)?
  /// Asked after each step and between blocks of an evaluation: a signal's number ends the run after a checkpoint.
  public var stopSignal: () -> Int32? = { SignalWatcher.pending }

  /// Where the run stands.
  public internal(set) var state: TrainingState
  let module: Module
  let settings: LoopConfiguration
  /// How many batches an epoch is thought to have, for a schedule and a progress bar; nil where nobody knows.
  let expectedBatches: Int?
  /// Rows of an epoch, where they are known or can be told from the size of the files.
  let trainRows: Int?
  let parameters: [Tensor]
  /// Of the parameters; nil where there are none or none is trained by steps.
  let optimizer: (any Optimizer)?
  /// Of tables that are updated in backward, each with its path in the module and the rate that a schedule scales.
  let tableOptimizers: [(path: String, optimizer: FusedEmbeddingOptimizer, rate: Double)]
  /// The processes that train together; nil for one alone.
  let world: TrainingWorld?
  /// Joins the gradients of the parameters over the ranks.
  let parallel: DistributedDataParallel?
  /// What this rank holds of tables that are divided.
  let shardedState: ShardedState
  /// The last step's loss and signals, on their way over the ranks.
  private var vote: StepVote?
  private var votedSignal: Int32?
  private var votedWriting: CheckpointWriter.Votes?
  /// Writes the run's checkpoints beside the steps.
  let checkpoints: CheckpointWriter
  /// Whether one was left out since the last was begun, which is said once.
  var hasLeftOut = false
  /// Takes copies of them.
  let mirror: CheckpointMirror?
  /// Why the last one was not copied.
  var uncopied: String?
  /// What the next checkpoint may build on: the step of the last one that holds everything, and how many have built on it.
  var full: (step: Int, changes: Int)?
  let scaler: GradScaler?
  let average: WeightAverage?
  let schedule: LearningRateSchedule
  /// Sum of the losses of this epoch's batches, kept on the device so that no step waits to read it.
  let lossSum: Tensor
  var log: RunLog?
  /// Where the run stood when it was last saved.
  var savedState: TrainingState?
  private var bestWeights: [String: Tensor] = [:]
  /// The step after which the module's weights were kept as the best ones: after it they need not be read back.
  private var keptStep: Int?
  /// What the last validation found, and after which step.
  var validation: (step: Int, result: EvaluationResult)?
  var secondsToFirstStep: Double?
  /// What the first steps do at each moment; nil where nobody asks, and after it was written.
  var timeline: Timeline?

  /// Moves the module to the device and makes its optimisers.
  ///
  /// - Parameters:
  ///   - name: the model's name in configurations.
  ///   - isTrained: whether the model is trained by steps at all.
  /// - Throws: `TrainingError` for a precision that the device or the model lacks.
  init(
    _ module: Module, named name: String, settings: LoopConfiguration, isTrained: Bool = true, expectedBatches: Int?,
    trainRows: Int?, device: Device, seed: UInt64, run: RunDirectory?, observer: (any TrainingObserver)?,
    world: TrainingWorld? = nil
  ) throws {
    self.module = module
    self.settings = settings
    self.expectedBatches = expectedBatches
    self.trainRows = trainRows
    self.device = device
    self.seed = seed
    self.run = run
    self.observer = world.map(\.isMain) ?? true ? observer : nil
    self.world = world
    checkpoints = CheckpointWriter(world)
    mirror = try run == nil ? nil : settings.checkpoint.mirror.map(CheckpointMirror.init)
    if settings.precision == .fp16, device.isCPU {
      throw TrainingError(
        .unavailable,
        "train.precision: received fp16 on the CPU, which has no float16 training; use bf16 or fp32, or a GPU")
    }
    state = TrainingState(model: name, seed: seed, metric: settings.earlyStopping.metric)
    try Engine.manualSeed(seed)
    if device.isCUDA { try Engine.setAllowTF32(settings.precision == .tf32) }
    try module.to(device: device)
    lossSum = try Tensor.zeros([], dtype: .float64, device: device)
    let named = module.namedParameters()
    parameters = named.map(\.tensor)
    tableOptimizers =
      isTrained ? module.fusedOptimizers().map { ($0.path, $0.optimizer, $0.optimizer.learningRate) } : []
    if settings.precision == .fp16, !tableOptimizers.isEmpty {
      // The scaled gradients would reach the rows in backward, before anybody can scale them down.
      throw TrainingError(
        .unavailable,
        "train.precision: received fp16 with tables that are updated in backward; use bf16 or fp32")
    }
    optimizer = isTrained && !named.isEmpty ? try settings.optimizer.make(named) : nil
    let shardedState = ShardedState(module)
    self.shardedState = shardedState
    if let world, isTrained {
      guard settings.weightAverage == nil else {
        throw TrainingError(
          .unavailable,
          "train.weight_average: received \(settings.weightAverage ?? 0) with \(world.size) processes, which keep "
            + "no average; leave it out, or train with one process")
      }
      var options = world.gradients
      options.ignored = Set(
        (module.namedParameters() + module.namedBuffers()).map(\.name).filter(shardedState.holds))
      parallel = named.isEmpty ? nil : try DistributedDataParallel(module, group: world.group, options: options)
    } else {
      parallel = nil
    }
    scaler = isTrained && settings.precision == .fp16 ? try GradScaler() : nil
    let averaged = named + tableOptimizers.flatMap { Self.weights($0.optimizer, path: $0.path) }
    average = settings.weightAverage.map { WeightAverage(averaged, decay: $0) }
    schedule = try settings.schedule.make(
      stepsPerEpoch: expectedBatches, epochs: settings.schedule.length ?? settings.epochs)
    try beginTrace()
  }

  private static func weights(_ optimizer: FusedEmbeddingOptimizer, path: String) -> [NamedTensor] {
    optimizer.parameters.map { (path.isEmpty ? $0.name : "\(path).\($0.name)", $0.tensor) }
  }

  // MARK: What a trainer adds

  /// Epochs of this run.
  var epochCount: Int { settings.epochs }

  /// How many batches an epoch has; nil where that is not known before its end.
  var batchesPerEpoch: Int? { expectedBatches }

  /// Whether there is anything to validate on.
  var validates: Bool { false }

  /// Metrics over the last training batches, for the log and for an observer.
  var windowMetrics: [(name: String, value: Double)] { [] }

  /// The batches of an epoch, from batch `start` on.
  func batches(ofEpoch epoch: Int, startingAt start: Int) throws -> LoopBatches {
    LoopBatches(next: { nil }, waitSeconds: { 0 })
  }

  /// Trains one epoch.
  ///
  /// - Returns: how the run ends when it ends in this epoch, else nil.
  func trainEpoch() throws -> TrainingOutcome.Ending? { try takeSteps() }

  /// Measures the module on the validation part.
  ///
  /// - Throws: `Evaluator.Interruption` when `shouldStop` says so.
  func validate(_ shouldStop: () -> Bool) throws -> EvaluationResult? { nil }

  /// What else a resumed run needs, by a name without a slash.
  func ownState() throws -> [String: Tensor] { [:] }

  func restoreOwn(_ state: [String: Tensor]) throws {}

  // MARK: Rates

  /// The rate of the parameters, or of the tables where there are no parameters.
  var learningRate: Double { optimizer?.learningRate ?? tableOptimizers.first?.optimizer.learningRate ?? 0 }

  /// Sets the rates of the step to come.
  func setLearningRates() {
    guard schedule != .constant else { return }
    let factor = schedule.factor(state.step)
    optimizer?.learningRate = settings.optimizer.learningRate * factor
    for tables in tableOptimizers { tables.optimizer.learningRate = tables.rate * factor }
  }

  // MARK: Several processes

  /// Joins what belongs to a step over the ranks: gradients, in the backward pass that has just run.
  func joinGradients() throws { try parallel?.synchronize() }

  /// Sends this step's loss and signal to the other ranks, and learns the last step's.
  ///
  /// - Returns: the signal that any rank had then; all ranks learn it after the same step. Nil for one process alone.
  func exchangeVotes(_ loss: Tensor) throws -> Int32? {
    guard let world else {
      _ = try lossSum.add_(loss.detach())
      try checkpoints.advance()
      return nil
    }
    try settleVote()
    // Before this step's vote: it tells of what then goes on.
    if let votedWriting { try checkpoints.advance(votedWriting) }
    votedWriting = nil
    defer { votedSignal = nil }
    vote = try StepVote(loss: loss, signal: stopSignal(), writing: checkpoints.vote, in: world)
    return votedSignal
  }

  /// Waits for the last step's votes: ``lossSum`` is complete then.
  func settleVote() throws {
    guard let vote else { return }
    self.vote = nil
    let (loss, signal, writing) = try vote.wait()
    _ = try lossSum.add_(loss.to(device: device))
    if let signal { votedSignal = signal }
    votedWriting = writing
  }

  /// Waits for the checkpoint under way: what was voted of it is past.
  func finishCheckpoint() throws {
    try settleVote()
    try checkpoints.finish()
    votedWriting = nil
  }

  // MARK: The best weights

  /// Keeps the present weights as the best ones: in the run, or in memory without one.
  func saveBest() throws {
    try withKeptWeights {
      let weights = try module.stateDict().map { ($0.name, $0.tensor) }
      if let run {
        try write(Checkpoint(model: weights, state: state), to: run.bestCheckpoint, in: run)
      } else {
        bestWeights = try noGrad { Dictionary(uniqueKeysWithValues: try weights.map { ($0.0, try $0.1.clone()) }) }
      }
    }
    if average == nil { keptStep = state.step }
  }

  /// Writes the last checkpoint, and where the present weights are the best ones keeps them too: the tables are hashed, written and
  /// synced once, and lie under both names.
  func save(isBest: Bool) throws {
    let isOneFile = isBest && run != nil && average == nil
    if isBest, !isOneFile { try saveBest() }
    try saveLast(isBest: isOneFile)
    if isOneFile { keptStep = state.step }
  }

  func restoreBest() throws {
    if keptStep == state.step { return }
    if let run, RunDirectory.isThere(run.bestCheckpoint) {
      try CheckpointFile(run.bestCheckpoint).restore(module, named: state.model, sharded: shardedState)
    } else if !bestWeights.isEmpty {
      _ = try module.loadStateDict(bestWeights)
    }
  }

  /// Runs `body` on the weights that are validated and kept: their average, where one is asked for.
  func withKeptWeights<R>(_ body: () throws -> R) throws -> R {
    try average?.inPlace(body) ?? body()
  }
}
