import Foundation
import Torch
import Training

/// `metrics.json` of a package.
public struct PackageMetrics: Sendable, Codable, Equatable {
  static let fileName = "metrics.json"

  /// On the test part, where the run measured one.
  public var test: [String: Double]
  /// Of the best weights on the validation part.
  public var validation: [String: Double]

  public init(test: [String: Double] = [:], validation: [String: Double] = [:]) {
    self.test = test
    self.validation = validation
  }

  /// A metric by its name, `ndcg@10`: of the test part, else of the validation part.
  public subscript(name: String) -> Double? { test[name] ?? validation[name] }

  init(reading path: String) throws {
    guard let data = FileManager.default.contents(atPath: path),
      let found = try? JSONDecoder().decode(PackageMetrics.self, from: data)
    else {
      throw RegistryError(
        .corrupted, path, received: "metrics that can't be read", remedy: "copy the package again, or export it anew")
    }
    self = found
  }

  func write(to folder: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self), to: "\(folder)/\(Self.fileName)")
  }

  /// What a run wrote down of the weights that it answers from.
  init(of run: RunDirectory) {
    self.init()
    struct Line: Decodable {
      var kind: String
      var validation: [String: Double?]?
      var test: [String: Double?]?
      var is_best: Bool?
    }
    let data = FileManager.default.contents(atPath: run.metricsFile) ?? Data()
    for text in data.split(separator: 0x0a) {
      guard let line = try? JSONDecoder().decode(Line.self, from: text) else { continue }
      if let test = line.test { self.test = test.compactMapValues { $0 } }
      guard let validation = line.validation, line.is_best != false else { continue }
      self.validation = validation.compactMapValues { $0 }
    }
  }
}
