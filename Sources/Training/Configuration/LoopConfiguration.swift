/// What a `train:` section says whatever is trained: epochs, batches, steps, optimiser, checkpoints.
public struct LoopConfiguration: Sendable, Equatable {
  public var epochs: Int
  /// Ends the run after so many steps even inside an epoch.
  public var maxSteps: Int?
  public var batch: Int
  public var optimizer: OptimizerConfiguration
  public var schedule: ScheduleConfiguration
  public var precision: Precision
  /// Gradients are scaled down to this norm; nil leaves them.
  public var clipNorm: Double?
  /// Validates and keeps a moving average of the weights over the epochs, with this decay; nil keeps the weights themselves.
  public var weightAverage: Double?
  public var earlyStopping: EarlyStopping
  /// Validation runs after every so many epochs; 0 never validates.
  public var validateEvery: Int
  /// Validation also runs after every so many steps, inside an epoch; nil validates at the ends of epochs only.
  public var validateSteps: Int?
  /// `last.safetensors` is also written every so many steps; nil writes it after each epoch only.
  public var checkpointSteps: Int?
  /// The `checkpoint:` section of the file.
  public var checkpoint = CheckpointConfiguration()
  /// Every so many steps the loss goes into `metrics.jsonl` and to TensorBoard.
  public var logSteps: Int
  /// Threads that make batches, and how many batches they may be ahead.
  public var workers: Int
  public var prefetch: Int
  /// A file that gets the timeline of the first steps, for chrome://tracing; nil records none.
  public var trace: String?
  /// How many steps it holds.
  public var traceSteps: Int

  public init(
    epochs: Int = 20, maxSteps: Int? = nil, batch: Int = 256,
    optimizer: OptimizerConfiguration = OptimizerConfiguration(),
    schedule: ScheduleConfiguration = ScheduleConfiguration(), precision: Precision = .fp32, clipNorm: Double? = nil,
    weightAverage: Double? = nil, earlyStopping: EarlyStopping = EarlyStopping(), validateEvery: Int = 1,
    validateSteps: Int? = nil, checkpointSteps: Int? = nil, logSteps: Int = 100, workers: Int = 1, prefetch: Int = 64,
    trace: String? = nil, traceSteps: Int = 100
  ) {
    self.epochs = epochs
    self.maxSteps = maxSteps
    self.batch = batch
    self.optimizer = optimizer
    self.schedule = schedule
    self.precision = precision
    self.clipNorm = clipNorm
    self.weightAverage = weightAverage
    self.earlyStopping = earlyStopping
    self.validateEvery = validateEvery
    self.validateSteps = validateSteps
    self.checkpointSteps = checkpointSteps
    self.logSteps = logSteps
    self.workers = workers
    self.prefetch = prefetch
    self.trace = trace
    self.traceSteps = traceSteps
  }
}

extension LoopConfiguration {
  /// - Parameters:
  ///   - fallback: what keys keep that are absent.
  ///   - metrics: those that may choose the best epoch.
  init(_ reader: ConfigurationReader, default fallback: LoopConfiguration, metrics: [String]) {
    self.init(
      epochs: reader.integer("epochs", default: fallback.epochs, in: 0...1_000_000),
      maxSteps: reader.optionalInteger("max_steps", in: 1...Int.max),
      batch: reader.integer("batch", default: fallback.batch, in: 1...16_777_216),
      optimizer: OptimizerConfiguration(reader.namedSection("optimizer")),
      schedule: ScheduleConfiguration(reader.namedSection("schedule")),
      precision: Precision(
        rawValue: reader.choice("precision", default: "fp32", of: Precision.allCases.map(\.rawValue))) ?? .fp32,
      clipNorm: reader.optionalNumber("clip_norm", "a number above 0") { $0 > 0 },
      weightAverage: reader.optionalNumber("weight_average", "a number above 0 and below 1") { $0 > 0 && $0 < 1 },
      earlyStopping: EarlyStopping(
        reader.section("early_stopping"), default: fallback.earlyStopping.metric, of: metrics),
      validateEvery: reader.integer("validate_every", default: 1, in: 0...1_000_000),
      validateSteps: reader.optionalInteger("validate_steps", in: 1...Int.max),
      checkpointSteps: reader.optionalInteger("checkpoint_steps", in: 1...Int.max),
      logSteps: reader.integer("log_steps", default: 100, in: 1...1_000_000_000),
      workers: reader.integer("workers", default: fallback.workers, in: 0...256),
      prefetch: reader.integer("prefetch", default: fallback.prefetch, in: 0...65_536),
      trace: reader.text("trace"), traceSteps: reader.integer("trace_steps", default: 100, in: 1...100_000))
    if validateSteps != nil, weightAverage != nil {
      reader.report(
        reader.node("validate_steps"), key: "validate_steps",
        expected: "nothing beside weight_average, which is taken at the ends of epochs", remedy: "delete one of them")
    }
  }

  var entries: [(String, ConfigurationNode?)] {
    [
      ("epochs", .integer(epochs)), ("max_steps", maxSteps.map(ConfigurationNode.integer)), ("batch", .integer(batch)),
      ("optimizer", optimizer.node), ("schedule", schedule.node), ("precision", .text(precision.rawValue)),
      ("clip_norm", clipNorm.map(ConfigurationNode.number)),
      ("weight_average", weightAverage.map(ConfigurationNode.number)), ("early_stopping", earlyStopping.node),
      ("validate_every", .integer(validateEvery)), ("validate_steps", validateSteps.map(ConfigurationNode.integer)),
      ("checkpoint_steps", checkpointSteps.map(ConfigurationNode.integer)), ("log_steps", .integer(logSteps)),
      ("workers", .integer(workers)), ("prefetch", .integer(prefetch)),
      ("trace", trace.map(ConfigurationNode.text)),
      ("trace_steps", trace == nil ? nil : .integer(traceSteps)),
    ]
  }

  /// The same with what may change between two sittings of one run taken from `other`.
  func takingLooseParts(of other: LoopConfiguration) -> LoopConfiguration {
    var same = self
    same.epochs = other.epochs
    same.maxSteps = other.maxSteps
    same.workers = other.workers
    same.prefetch = other.prefetch
    same.checkpointSteps = other.checkpointSteps
    same.checkpoint = other.checkpoint
    same.logSteps = other.logSteps
    same.trace = other.trace
    same.traceSteps = other.traceSteps
    same.earlyStopping.patience = other.earlyStopping.patience
    return same
  }
}
