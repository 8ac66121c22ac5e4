import Environment
import Features
import Foundation
import Models
import Sparse
import Torch

/// One run as a configuration describes it: reads the data, builds the model, trains it into a run directory.
public struct TrainingJob {
  public var configuration: Configuration
  public var run: RunDirectory
  public var resumes: Bool
  /// The data, where a program holds them; data set `memory` needs them.
  public var dataset: Dataset?
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
    let isThere = try run.admit(.recommender(configuration), resumes: resumes)
    let device = try Self.device(configuration.device)
    if let threads = configuration.threads { try Engine.setThreads(threads) }
    let (dataset, split) = try configuration.data.load(seed: configuration.seed, given: dataset)
    // Files are known by their names; what a program gives is looked at.
    if isThere, self.dataset != nil { try run.requireVocabularies(of: dataset) }
    let space = InteractionSpace(dataset)
    let plan = configuration.plan(for: space)
    observer?.memoryPlanned(plan, plan.demands(device: device, available: availableMemory))
    try plan.requireMemory(device: device, available: availableMemory)
    let model = try configuration.model.make(
      space: space, sparse: configuration.train.optimizer.wantsSparseGradients(onCPU: device.isCPU),
      generator: Generator(seed: configuration.seed))
    let trainer = try Trainer(
      model, split: split, configuration: configuration.train, evaluation: configuration.evaluate, device: device,
      seed: configuration.seed, run: run, observer: observer)
    trainer.stopSignal = stopSignal
    if !isThere {
      if resumes { warn("\(run.path) is not there: nothing to resume, a new run begins") }
      let known = Interactions(joining: [split.train, split.validation])
      try run.create(configuration, catalogue: Catalogue(dataset, known: known, train: split.train))
    } else {
      if !RunDirectory.isThere(run.lastCheckpoint) { warn("\(run.path) has no checkpoint yet: the run begins anew") }
      try run.continueHere(warn: warn)
    }
    return try trainer.fit(resuming: resumes)
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
