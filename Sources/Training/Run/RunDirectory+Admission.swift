import Foundation

extension RunDirectory {
  /// Decides whether a training may write here.
  ///
  /// - Parameter resumes: whether a run that is there is to be continued.
  /// - Returns: whether a run is there.
  /// - Throws: `RunError` when something is there and `resumes` is false, when it is no run, or when it was made with a
  ///   configuration that would have made another run.
  func admit(_ configuration: RunConfiguration, resumes: Bool) throws -> Bool {
    if resumes { removeLeftovers() }
    guard exists else { return false }
    guard resumes else { throw existing }
    guard holdsRun else {
      throw RunError(
        .missing, path: path, received: "something is there that is no run (config.yaml is not there)",
        remedy: "choose another folder with --out")
    }
    let before = try runConfiguration()
    let now = configuration.takingLooseParts(of: before)
    guard now != before else { return true }
    let old = before.yaml.split(separator: "\n")
    let new = now.yaml.split(separator: "\n")
    let changed = new.filter { !old.contains($0) }.map { $0.trimmingCharacters(in: .whitespaces) }
    let was = old.filter { !new.contains($0) }.map { $0.trimmingCharacters(in: .whitespaces) }
    throw RunError(
      .mismatch, path: configurationFile,
      received:
        "the run was made with \(was.joined(separator: ", ")); this configuration has \(changed.joined(separator: ", "))",
      remedy: "resume with \(configurationFile) itself, or train into another folder with --out")
  }
}

extension RunConfiguration {
  /// The same with what may change between two sittings of one run taken from `other`.
  fileprivate func takingLooseParts(of other: RunConfiguration) -> RunConfiguration {
    switch (self, other) {
    case (.recommender(var now), .recommender(let before)):
      now.distributed = before.distributed
      now.threads = before.threads
      now.device = before.device
      now.distributed = before.distributed
      now.train.loop = now.train.loop.takingLooseParts(of: before.train.loop)
      return .recommender(now)
    case (.ranker(var now), .ranker(let before)):
      now.threads = before.threads
      now.device = before.device
      now.distributed = before.distributed
      now.evaluationBatch = before.evaluationBatch
      now.distributed = before.distributed
      now.sharding = before.sharding
      now.planner = before.planner
      now.train.loop = now.train.loop.takingLooseParts(of: before.train.loop)
      return .ranker(now)
    default: return self
    }
  }
}
