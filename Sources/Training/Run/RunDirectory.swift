import Environment
import Foundation
import Models
import Torch
import TorchNN

/// Everything that a run leaves on disk.
///
/// ```
/// config.yaml                       the configuration with every default written out
/// environment.json                  what its last sitting ran on: versions, processor, flags, variables
/// metrics.jsonl                     a line every `log_steps` steps and every epoch
/// events.out.tfevents.*             the same for TensorBoard
/// state.json                        where the run stands: a copy of what the last checkpoint says
/// checkpoints/last.safetensors      all that a resumed run needs
/// checkpoints/best.safetensors      the best weights; the same file while the last ones are the best
/// checkpoints/step-*.safetensors    checkpoints before the last one: as many as are to be kept, and those that others build on
/// checkpoints/last-*, best-*        of a run by several processes: the parts of its tables, a file a process
/// catalogue/                        of a recommender: vocabularies, titles, side features and what each user has seen
/// pipeline/                         of a ranker: the fitted feature pipeline, which serves raw rows
/// prepared.json                     of a ranker that was trained on prepared rows: their manifest
/// ```
public struct RunDirectory: Sendable {
  public let path: String

  public init(_ path: String) {
    self.path = path
  }

  public var configurationFile: String { "\(path)/config.yaml" }
  public var environmentFile: String { "\(path)/\(EnvironmentRecord.fileName)" }
  public var metricsFile: String { "\(path)/metrics.jsonl" }
  public var stateFile: String { "\(path)/state.json" }
  public var lastCheckpoint: String { checkpoints.last }
  public var bestCheckpoint: String { "\(path)/checkpoints/best.safetensors" }
  var checkpoints: CheckpointFolder { CheckpointFolder(path: "\(path)/checkpoints") }
  public var catalogueFolder: String { "\(path)/catalogue" }
  public var pipelineFolder: String { "\(path)/pipeline" }
  public var preparedFile: String { "\(path)/prepared.json" }

  /// Whether something stands at the path already; an empty folder does not count.
  public var exists: Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return false }
    if !isFolder.boolValue { return true }
    return (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty) != true
  }

  /// Whether a run was begun here.
  public var holdsRun: Bool {
    Self.isThere(configurationFile)
  }

  static func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Makes a recommender's folder with its configuration and catalogue.
  ///
  /// - Throws: `RunError` when something stands there already or the folder cannot be written.
  public func create(_ configuration: Configuration, catalogue: Catalogue) throws {
    try create(configuration.yaml) { folder in
      try FileManager.default.createDirectory(atPath: folder.catalogueFolder, withIntermediateDirectories: true)
      try catalogue.save(to: folder.catalogueFolder)
    }
  }

  /// Makes the folder with its configuration and what `fill` puts into it, beside its place and renamed into it: a kill leaves no
  /// half of it.
  ///
  /// - Throws: `RunError` when something stands there already or the folder cannot be written.
  func create(_ configuration: String, fill: (RunDirectory) throws -> Void) throws {
    guard !exists else { throw existing }
    let parent = PathText.folder(of: path)
    let beside = "\(path).partial-\(getpid())"
    do {
      if !parent.isEmpty { try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true) }
      let folder = RunDirectory(beside)
      try FileManager.default.createDirectory(atPath: "\(beside)/checkpoints", withIntermediateDirectories: true)
      try fill(folder)
      try AtomicFile.write(configuration, to: folder.configurationFile)
      try EnvironmentRecord.gather().write(to: folder.environmentFile)
      guard rename(beside, path) == 0 else { throw RunError.file(path, doing: "create", errno: errno) }
    } catch {
      try? FileManager.default.removeItem(atPath: beside)
      if error is CocoaError {
        throw RunError(
          .io, path: path, received: "the folder cannot be made (\((error as NSError).localizedDescription))",
          remedy: "choose a folder that you may write to with --out")
      }
      throw error
    }
  }

  /// Deletes what a killed process had begun to write and never renamed.
  public func removeLeftovers() {
    let parent = PathText.folder(of: path)
    for (folder, prefix) in [
      (parent.isEmpty ? "." : parent, "\(PathText.name(of: path)).partial-"), (path, ""), ("\(path)/checkpoints", ""),
    ] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(prefix) {
        guard let mark = name.range(of: ".partial-", options: .backwards), let owner = Int32(name[mark.upperBound...])
        else { continue }
        // Signal 0 only asks whether the process is there.
        if kill(owner, 0) != 0, errno == ESRCH { try? FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
      }
    }
  }

  public var existing: RunError {
    RunError(
      .exists, path: path, received: "something is there already",
      remedy: "add --resume to continue that run, choose another folder with --out, or delete it")
  }

  // MARK: Reading

  /// - Throws: `RunError` when this is no run.
  public func requireRun() throws {
    guard holdsRun else {
      let isThere = FileManager.default.fileExists(atPath: path)
      throw RunError(
        .missing, path: path, received: isThere ? "no run (config.yaml is not there)" : "no such folder",
        remedy: "give a folder that `swiftrec train` made, such as runs/mf-ml100k")
    }
  }

  public func runConfiguration() throws -> RunConfiguration {
    try requireRun()
    return try RunConfiguration.load(configurationFile)
  }

  /// Of a recommender's run.
  ///
  /// - Throws: `RunError` for a ranker's.
  public func configuration() throws -> Configuration {
    switch try runConfiguration() {
    case .recommender(let configuration): return configuration
    case .ranker(let configuration):
      throw RunError(
        .mismatch, path: path,
        received: "the run of a ranker (\(configuration.model.name)), which knows rows and no users",
        remedy: "use `swiftrec evaluate` or `swiftrec predict`, or give the run of a recommender")
    }
  }

  public func catalogue() throws -> Catalogue {
    try requireRun()
    return try Catalogue.load(from: catalogueFolder)
  }

  /// The file that answers are given from: the best epoch's, else the last one's.
  public var answeringCheckpoint: String {
    FileManager.default.fileExists(atPath: bestCheckpoint) ? bestCheckpoint : lastCheckpoint
  }

  /// The trained model with its best weights, ready to score.
  public func model(
    _ configuration: Configuration, space: InteractionSpace, histories: UserHistories?, device: Device
  ) throws -> any Recommender {
    let file = try CheckpointFile(answeringCheckpoint)
    let model = try configuration.model.make(space: space, generator: Generator(seed: configuration.seed))
    try file.restore(model, named: model.modelName)
    try model.to(device: device)
    if let model = model as? any NextItemRecommender { model.histories = histories }
    model.eval()
    return model
  }

  /// What `train` made of this run so far.
  public func state() throws -> TrainingState {
    try CheckpointFile(lastCheckpoint).state
  }
}
