import Foundation
import Torch

/// Where a search stands. It lies in `tune.json`, written whole after every training, so that a killed search goes on with the
/// training that it was in.
public struct TuningState: Sendable, Equatable, Codable {
  public struct Trial: Sendable, Equatable, Codable {
    /// From 1.
    public var number: Int
    public var settings: TuningSettings
    /// The best validation at the end of each rung that it was trained for; nil where it failed.
    public var values: [Double?] = []
    public var epochs = 0
    public var steps = 0
    public var seconds = 0.0
    /// Why it ended before its time.
    public var failure: String?

    /// The best validation so far; nil before the first one, and for a trial that failed.
    public var value: Double? { values.last ?? nil }
  }

  /// The layout of the file; readers refuse a newer one.
  public var format = 1
  /// What the search is over: a state of another one is not continued.
  public var configuration: String
  public var space: String
  public var method: TuningPlan.Method
  public var eta: Int
  public var seed: UInt64
  public var metric: String
  public var trials: [Trial]
  /// The number of the best trial of a search that is over.
  public var best: Int?

  /// - Throws: `RunError` for a file that cannot be read.
  static func load(_ path: String) throws -> TuningState {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw RunError(
        .missing, path: path, received: "the file is not there", remedy: "give a folder that `swiftrec tune` made")
    }
    guard let state = try? JSONDecoder().decode(TuningState.self, from: data), state.format <= 1 else {
      throw RunError(
        .corrupted, path: path, received: "not the state of a search, or that of a newer program",
        remedy: "restore the file, or search again into another folder with --out")
    }
    return state
  }

  func save(_ path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    try AtomicFile.write(encoder.encode(self), to: path)
  }

  /// The trials of a finished rung, best first: a failed one last, equal ones by their number.
  func ranked(rung: Int, isLowerBetter: Bool) -> [Trial] {
    trials.filter { $0.values.count > rung }.sorted { first, second in
      switch (first.values[rung], second.values[rung]) {
      case (let a?, let b?) where a != b: isLowerBetter ? a < b : a > b
      case (nil, .some): false
      case (.some, nil): true
      default: first.number < second.number
      }
    }
  }
}
