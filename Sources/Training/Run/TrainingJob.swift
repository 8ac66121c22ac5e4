import Environment
import Features
import Foundation
import Models
import Sparse
import Torch
import TorchDistributed

/// One run as a configuration describes it: reads the data, builds the model, trains it into a run directory.
public struct TrainingJob {
  public var configuration: Configuration
  public var run: RunDirectory
  public var resumes: Bool
  /// The data, where a program holds them; data set `memory` needs them.
  public var dataset: Dataset?
  /// As the configuration's, where this process has one of its own.
  public var device: String?
  /// The processes that train together; nil for one alone.
  public var world: TrainingWorld?
  /// Asked after each step, as `TrainingLoop.stopSignal`.
  public var stopSignal: () -> Int32? = { SignalWatcher.pending }
  /// Bytes free in main memory, for a test; asked of the machine when nil.
  package var availableMemory: Int?

  public init(_ configuration: Configuration, run: RunDirectory, resumes: Bool = false) {
    self.configuration = configuration
    self.run = run
    self.resumes = resumes
  }

  /// Trains to the end or to a signal. Nothing is written before configuration, data and model are known to be right.
  ///
  /// - Parameter warn: gets one line for what a user should know and need not mend.
  /// - Throws: `RunError` when a run is there and `resumes` is false, or when it was made with another configuration;
  ///   `SparseError.memory` for tables that can't fit.
  public func train(observer: (any TrainingObserver)? = nil, warn: (String) -> Void = { _ in }) throws
    -> TrainingOutcome
  {
    if resumes { try Self.fetch(configuration.train.checkpoint, into: run, world, warn: warn) }
    let isThere = try Self.admit(.recommender(configuration), to: run, resumes: resumes, world)
    let device = try Self.device(device ?? configuration.device)
    if let threads = configuration.threads { try Engine.setThreads(threads) }
    let (dataset, split) = try configuration.data.load(seed: configuration.seed, given: dataset)
    // Files are known by their names; what a program gives is looked at.
    if isThere, self.dataset != nil { try run.requireVocabularies(of: dataset) }
    let space = InteractionSpace(dataset)
    try world?.group.requireEqual(
      "data", "\(space.userCount) users, \(space.itemCount) items, \(split.train.count) interactions to learn from",
      remedy: "give every process the same files, or a folder that all of them share")
    let plan = configuration.plan(for: space)
    observer?.memoryPlanned(plan, plan.demands(device: device, available: availableMemory))
    try plan.requireMemory(device: device, available: availableMemory)
    let model = try configuration.model.make(
      space: space, sparse: configuration.train.optimizer.wantsSparseGradients(onCPU: device.isCPU),
      generator: Generator(seed: configuration.seed))
    let trainer = try Trainer(
      model, split: split, configuration: configuration.train, evaluation: configuration.evaluate, device: device,
      seed: configuration.seed, run: run, observer: observer, world: world)
    trainer.stopSignal = stopSignal
    if !isThere {
      if resumes { warn("\(run.path) is not there: nothing to resume, a new run begins") }
      let known = Interactions(joining: [split.train, split.validation])
      try Self.onMain(of: world, "making \(run.path)") {
        try run.create(configuration, catalogue: Catalogue(dataset, known: known, train: split.train))
      }
    } else {
      if run.checkpoints.candidates.isEmpty { warn("\(run.path) has no checkpoint yet: the run begins anew") }
      try Self.onMain(of: world, "continuing \(run.path)") { try run.continueHere(warn: warn) }
    }
    return try trainer.fit(resuming: resumes)
  }

  /// Decides once for all ranks whether the training may write into the run.
  ///
  /// - Returns: whether a run is there.
  static func admit(
    _ configuration: RunConfiguration, to run: RunDirectory, resumes: Bool, _ world: TrainingWorld?
  ) throws -> Bool {
    guard let world else { return try run.admit(configuration, resumes: resumes) }
    try world.group.requireEqual(
      "configuration", configuration.yaml, remedy: "start every process with the same configuration and options")
    var isThere = false
    try world.onMain("opening \(run.path)") {
      isThere = try run.admit(configuration, resumes: resumes)
      run.checkpoints.removeUnnamed()
    }
    return try world.gather(isThere ? "there" : "")[0] == "there"
  }

  static func onMain(of world: TrainingWorld?, _ what: String, _ body: () throws -> Void) throws {
    if let world { try world.onMain(what, body) } else { try body() }
  }

  /// The device that `auto`, `cpu`, `cuda` or `cuda:N` means here.
  ///
  /// - Throws: `EnvironmentError` for a GPU that is not there.
  public static func device(_ name: String) throws -> Device {
    if name == "auto" { return Engine.cudaDeviceCount > 0 ? .cuda(0) : .cpu }
    let device = try Device(parsing: name)
    if device.isCUDA, device.index >= Engine.cudaDeviceCount {
      let count = Engine.cudaDeviceCount
      if let obstacle = CUDAFacts.gather().obstacle(build: TorchFacts.gather().build) {
        throw EnvironmentError(
          check: "device", message: "received --device \(name), no usable GPU is here: \(obstacle.reason)",
          remedy: "\(obstacle.remedy); `swiftrec doctor` shows all of it")
      }
      throw EnvironmentError(
        check: "device", message: "received --device \(name), \(count) usable GPUs are here",
        remedy: count == 1 ? "use cuda:0" : "use cuda:0 to cuda:\(count - 1)")
    }
    return device
  }
}
