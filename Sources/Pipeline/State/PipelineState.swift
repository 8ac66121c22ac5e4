import Foundation
import Torch

/// Where a pipeline stands. It lies in `state.json`, written whole after every step, so that a killed run goes on with the step that it
/// was in.
public struct PipelineState: Sendable, Equatable, Codable {
  public enum Outcome: String, Sendable, Codable {
    /// The new version is champion.
    case promoted
    /// It is not better: the champion stays.
    case kept
    /// The data was refused.
    case refused
    /// The canary did worse: the champion stays.
    case rolledBack = "rolled-back"
    /// A step failed or was killed: the champion stays.
    case failed
    /// SIGINT or SIGTERM.
    case interrupted
  }

  /// A step that ended.
  public struct Record: Sendable, Equatable, Codable {
    public enum Status: String, Sendable, Codable {
      case done, skipped, failed
    }

    public var step: PipelineStep
    public var status: Status
    public var began: String
    public var seconds: Double
    /// What it found, in a line.
    public var said: String
    /// The files that later steps read, with their SHA-256.
    public var outputs: [String: String]
  }

  /// The layout of the file; readers refuse a newer one.
  public var format = 1
  /// From 1.
  public var run = 0
  public var began = ""
  public var records: [Record] = []
  /// The step that is at work; what a kill leaves here had begun.
  public var current: PipelineStep?
  /// nil while the run is not over.
  public var outcome: Outcome?
  /// The step that decided, and why.
  public var decidedBy: PipelineStep?
  public var reason = ""

  public var dataset: String?
  public var rows: Int?
  public var metrics: [String: Double] = [:]
  public var version: Int?
  /// The champion that the version was compared with.
  public var champion: Int?
  public var isBetter: Bool?
  /// Where this pipeline's canary stands: withdrawn where the run does not end with its promotion.
  public var canary: CanaryRecord?
  public var isHealthy: Bool?

  public struct CanaryRecord: Sendable, Equatable, Codable {
    public var alias: String
    public var version: Int
    /// Seconds since 1970.
    public var since: Double
    /// The figures when it began, by what they are looked up by.
    public var first: [String: Double]
  }

  public init() {}

  public func record(of step: PipelineStep) -> Record? { records.first { $0.step == step } }

  /// Whether nothing is left to do in a step.
  public func isOver(_ step: PipelineStep) -> Bool { record(of: step).map { $0.status != .failed } ?? false }

  /// Whether the webhooks know how it ended.
  var isTold: Bool { outcome != nil && record(of: .notify)?.status == .done }

  /// The first step that is not over.
  public var next: PipelineStep? { PipelineStep.allCases.first { !isOver($0) } }

  /// Forgets what a step and those after it found.
  mutating func forget(from step: PipelineStep) {
    records.removeAll { $0.step >= step }
    (outcome, decidedBy, reason, current) = (nil, nil, "", nil)
    if step <= .ingest { (dataset, rows) = (nil, nil) }
    if step <= .evaluate { metrics = [:] }
    if step <= .register { version = nil }
    if step <= .compare { (champion, isBetter) = (nil, nil) }
    if step <= .canary { isHealthy = nil }
  }

  /// nil where there was no run yet.
  ///
  /// - Throws: `PipelineError` for a file that is no state.
  static func load(_ path: String) throws -> PipelineState? {
    guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
    guard let state = try? JSONDecoder().decode(PipelineState.self, from: bytes), state.format <= 1 else {
      throw PipelineError(
        .changed, path, received: "not the state of a pipeline, or that of a newer program",
        remedy: "restore the file, or delete it: the next run begins with ingest")
    }
    return state
  }

  func save(_ path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    try AtomicFile.write(encoder.encode(self), to: path)
  }
}
