import Environment
import Features
import Foundation
import Models
import Sparse
import Torch
import TorchDistributed
import TorchNN

/// One ranker's run as a configuration describes it: fits the feature pipeline, builds the model, trains it into a run directory,
/// measures it on the test rows.
public struct RankingJob {
  /// How the training ended, and what the best weights reach on the test rows: nil after an interruption, and where there are none.
  public struct Outcome {
    public var training: TrainingOutcome
    public var test: EvaluationResult?
  }

  public var configuration: RankingConfiguration
  public var run: RunDirectory
  public var resumes: Bool
  /// Asked after each step, as `TrainingLoop.stopSignal`.
  public var stopSignal: () -> Int32? = { SignalWatcher.pending }
  /// Fitted already, for a caller that trains several runs on the same rows.
  var pipeline: FeaturePipeline?
  /// As the configuration's, where this process has one of its own.
  public var device: String?
  /// The processes that train together; nil for one alone.
  public var world: TrainingWorld?
  /// Whether the test rows are looked at in the end; a search must not.
  var measuresTest = true
  /// Bytes free in main memory, for a test; asked of the machine when nil.
  package var availableMemory: Int?

  public init(_ configuration: RankingConfiguration, run: RunDirectory, resumes: Bool = false) {
    self.configuration = configuration
    self.run = run
    self.resumes = resumes
  }

  /// Trains to the end or to a signal. Nothing is written before configuration, data and model are known to be right, and nothing
  /// stays of a run that a faulty row ends before its first checkpoint.
  ///
  /// - Parameter warn: gets one line for what a user should know and need not mend.
  /// - Throws: `RunError` when a run is there and `resumes` is false, or when it was made with another configuration;
  ///   `DataError` for faulty rows; `SparseError.memory` for tables that can't fit.
  public func train(observer: (any TrainingObserver)? = nil, warn: (String) -> Void = { _ in }) throws -> Outcome {
    if resumes { try TrainingJob.fetch(configuration.train.checkpoint, into: run, world, warn: warn) }
    let isThere = try TrainingJob.admit(.ranker(configuration), to: run, resumes: resumes, world)
    let device = try TrainingJob.device(device ?? configuration.device)
    if let threads = configuration.threads { try Engine.setThreads(threads) }
    let data =
      isThere
      ? try RankingData(configuration, run: run)
      : try RankingData(configuration, pipeline: pipeline) { observer?.featuresFitted($0) }
    let preparation = isThere ? nil : try data.preparation(warn: warn)
    let space = data.pipeline.space
    try world?.group.requireEqual(
      "data", "\(space)", remedy: "give every process the same files, or a folder that all of them share")
    let plan = configuration.plan(for: space)
    observer?.memoryPlanned(plan, plan.demands(device: device, available: availableMemory))
    try plan.requireMemory(device: device, available: availableMemory)
    var tables = configuration.tables
    if let world {
      tables.world = try configuration.sharding.divide(
        configuration.model.tables(in: space, tables: tables), optimizer: tables.optimizer,
        batch: configuration.train.batch, by: configuration.planner, in: world)
    }
    let model = try configuration.model.make(
      space: space, tables: tables, generator: Generator(seed: configuration.seed))
    let shard = world?.shard ?? RowShard()
    let trainer = try RankerTrainer(
      model, train: data.train(shard: shard), validation: data.validation(shard: shard), test: data.test(shard: shard),
      configuration: configuration.train, negativeRate: configuration.data.negativeRate, device: device,
      seed: configuration.seed, run: run, observer: observer, world: world, sharding: configuration.sharding)
    trainer.stopSignal = stopSignal
    if !isThere {
      if resumes { warn("\(run.path) is not there: nothing to resume, a new run begins") }
      try TrainingJob.onMain(of: world, "making \(run.path)") {
        try run.create(configuration.yaml) { folder in
          if let preparation {
            try preparation.pipeline().write(to: folder.pipelineFolder)
            let manifest = try MappedFile(preparation.manifestFile)
            try AtomicFile.write(to: folder.preparedFile) { put in try manifest.withBytes(put) }
          } else {
            try data.pipeline.write(to: folder.pipelineFolder)
          }
        }
      }
    } else {
      if run.checkpoints.candidates.isEmpty { warn("\(run.path) has no checkpoint yet: the run begins anew") }
      try TrainingJob.onMain(of: world, "continuing \(run.path)") { try run.continueHere(warn: warn) }
    }
    let outcome: TrainingOutcome
    do {
      outcome = try trainer.fit(resuming: resumes)
    } catch let error as DataError {
      // A run that met a faulty row before its first checkpoint holds nothing to go on from.
      if !isThere, world?.isMain ?? true, run.checkpoints.candidates.isEmpty {
        try? FileManager.default.removeItem(atPath: run.path)
      }
      throw error
    }
    if case .interrupted = outcome.ending { return Outcome(training: outcome, test: nil) }
    guard measuresTest, data.dataset.test != nil else { return Outcome(training: outcome, test: nil) }
    let test = try trainer.evaluate()
    if world?.isMain ?? true { try RunLog.write(test: test, step: trainer.state.step, to: run) }
    return Outcome(training: outcome, test: test)
  }
}

extension RankingConfiguration {
  /// What the model's tables will take, with the state that their optimiser keeps.
  public func plan(for space: FeatureSpace) -> EmbeddingPlan {
    EmbeddingPlan(model.tables(in: space, tables: tables), optimizer: tables.optimizer)
  }
}

extension RunDirectory {
  /// The pipeline that makes the features of raw rows as the run's model was trained on them: the very object that serves.
  public func pipeline() throws -> FeaturePipeline {
    try requireRun()
    return try FeaturePipeline(reading: pipelineFolder)
  }

  /// The manifest of the prepared rows that the run was trained on; nil where these were raw.
  public func prepared() throws -> PreparedManifest? {
    guard Self.isThere(preparedFile) else { return nil }
    return try PreparedManifest(file: preparedFile)
  }

  /// The trained ranker with its best weights, ready to predict.
  public func ranker(_ configuration: RankingConfiguration, space: FeatureSpace, device: Device) throws -> any Ranker {
    let file = try CheckpointFile(answeringCheckpoint)
    // Tables that nobody trains need no state beside them.
    var tables = configuration.tables
    tables.optimizer = nil
    let model = try configuration.model.make(
      space: space, tables: tables, generator: Generator(seed: configuration.seed))
    try file.restore(model, named: model.modelName)
    try model.to(device: device)
    model.eval()
    return model
  }
}
