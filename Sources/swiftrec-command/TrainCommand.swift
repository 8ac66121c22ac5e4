import ArgumentParser
import Environment
import Foundation
import Torch
import TorchDistributed
import Training

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a model as a configuration file says.",
    discussion: """
      Example: swiftrec train configs/neumf-ml100k.yaml --set train.epochs=5 --out runs/short
      A ranker, as in configs/dlrm-criteo.yaml, ends with AUC, LogLoss and NE on the test rows.
      Ctrl-C finishes the step, saves and says how to resume.
      """)

  @Argument(help: "A YAML file; a run's own config.yaml trains into that run.")
  var config: String

  @Option(help: "Overrides one key, as in train.optimizer.lr=0.01; may be given often.")
  var set: [String] = []

  @Option(help: "The run directory; runs/<name of the file> by default.")
  var out: String?

  @Flag(help: "Continues the run from its last checkpoint.")
  var resume = false

  @Option(help: "auto, cpu, cuda or cuda:N.")
  var device: String?

  @Option(help: "Threads of one operator; all by default.")
  var threads: String?

  @Option(help: "The part of the GPU's memory that this process may take, as in 0.5; all by default.")
  var gpuMemoryFraction: Double?

  @Option(help: "Where all randomness comes from.")
  var seed: String?

  @Option(help: "A file for the timeline of the first 100 steps: open it in chrome://tracing or ui.perfetto.dev.")
  var trace: String?

  @Option(
    help: "A file that ends with .prom and always says how the training goes, for the node exporter of Prometheus.")
  var metrics: String?

  func run() throws {
    SignalWatcher.install()
    guard metrics?.hasSuffix(".prom") ?? true else {
      throw CommandError(
        "--metrics: received \(metrics ?? ""), expected a name that ends with .prom; write --metrics run.prom")
    }
    try Answer.requireFraction(gpuMemoryFraction)
    // As overrides these are checked, and reported, together with the file.
    let options = [
      ("device", "device", device), ("threads", "threads", threads), ("seed", "seed", seed),
      ("train.trace", "trace", trace),
    ].compactMap { key, name, value in value.map { (text: "\(key)=\($0)", place: "--\(name) \($0)") } }
    let configuration = try RunConfiguration.load(config, overrides: set, options: options)
    let directory = RunDirectory(out ?? defaultFolder)
    let launch = try LaunchEnvironment.read()
    var name = configuration.device
    // Each process of a host takes a GPU of its own.
    if let launch, name == "cuda" || name == "auto" && Engine.cudaDeviceCount > 0 { name = "cuda:\(launch.localRank)" }
    let place = try TrainingJob.device(name)
    let isMain = launch.map { $0.rank == 0 } ?? true
    let note = { (text: String) in if isMain { Answer.note(text) } }
    var share = ResourceShare.taken
    if let count = configuration.threads {
      try Engine.setThreads(count)
      share = share.taking(threads: threads == nil ? config : "--threads")
    }
    if let gpuMemoryFraction { share = try share.taking(gpuMemory: gpuMemoryFraction, of: place) }
    let check = try QuickCheck.run(device: place)
    note("environment: \(check.summary)")
    note("resources: \(share.summary)")
    if configuration.loop.workers > share.processors {
      note(
        "note: train.workers is \(configuration.loop.workers), this process has \(share.processors) CPUs: the others wait"
      )
    }
    let world = try launch.map { launch in
      TrainingWorld(
        try configuration.distributed.connect(launch, isOnGPU: place.isCUDA, log: note),
        options: configuration.distributed, restarts: launch.restartCount)
    }
    if let world { note("processes: \(world.size), batches of \(configuration.loop.batch) rows over all of them") }
    // Started again by the launcher after a process was lost.
    let resumes = resume || (world?.restarts ?? 0) > 0
    var reporter: any TrainingObserver = ProgressReporter()
    if let metrics, isMain {
      reporter = try MetricsFile(metrics, run: directory, model: configuration.modelName, next: reporter)
    }
    var test: EvaluationResult?
    let outcome: TrainingOutcome
    switch configuration {
    case .recommender(let configuration):
      var job = TrainingJob(configuration, run: directory, resumes: resumes)
      job.world = world
      job.device = name
      outcome = try job.train(observer: isMain ? reporter : nil) { note("note: \($0)") }
    case .ranker(let configuration):
      var job = RankingJob(configuration, run: directory, resumes: resumes)
      job.world = world
      job.device = name
      let found = try job.train(observer: isMain ? reporter : nil) { note("note: \($0)") }
      (outcome, test) = (found.training, found.test)
    }
    switch outcome.ending {
    case .finished, .stoppedEarly:
      guard isMain else { return }
      if let test { print(RankerAnswer.line(test)) }
      print("run: \(directory.path)")
    case .interrupted(let signal):
      let words =
        [SwiftRecCommand.programName, "train", config] + set.flatMap { ["--set", $0] } + [
          "--out", directory.path, "--resume",
        ]
      let options = [
        ("--device", device), ("--threads", threads), ("--gpu-memory-fraction", gpuMemoryFraction.map { "\($0)" }),
        ("--seed", seed),
      ].flatMap { name, value in value.map { [name, $0] } ?? [] }
      note(
        "stopped by \(signal == SIGINT ? "SIGINT" : "SIGTERM") after step \(outcome.state.step), saved; resume with: "
          + (words + options).map(Answer.quoted).joined(separator: " "))
      throw ExitCode(128 + signal)
    }
  }

  /// `runs/<stem>`; for the configuration inside a run, that run.
  private var defaultFolder: String {
    if PathText.name(of: config) == "config.yaml" {
      let folder = PathText.folder(of: config)
      let run = folder.isEmpty ? "." : folder
      let folders = [RunDirectory(run).catalogueFolder, RunDirectory(run).pipelineFolder]
      if folders.contains(where: FileManager.default.fileExists) { return run }
    }
    return "runs/\(PathText.stem(of: config))"
  }
}
