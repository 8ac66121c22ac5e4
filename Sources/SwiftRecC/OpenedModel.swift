import Environment
import Features
import Foundation
import Models
import Retrieval
import Torch
import TorchNN
import Training

/// A trained run that answers. One call at a time: a model's layers keep their mode while they work.
final class OpenedModel: @unchecked Sendable {
  enum Kind {
    case recommender(Configuration, Catalogue, any Recommender)
    case ranker(RankingConfiguration, RankerPredictor)
  }

  let run: RunDirectory
  let device: Device
  let kind: Kind
  private let lock = NSLock()

  init(_ path: String, device name: String) throws {
    run = RunDirectory(path)
    try run.requireRun()
    guard name == "auto" || (try? Device(parsing: name)) != nil else {
      throw ModelError(
        code: .missingInput, message: "device: received \"\(name)\", expected auto, cpu, cuda or cuda:N; use \"cpu\"")
    }
    device = try TrainingJob.device(name)
    _ = ResourceShare.taken
    switch try run.runConfiguration() {
    case .recommender(let configuration):
      let catalogue = try run.catalogue()
      let model = try run.model(
        configuration, space: catalogue.space, histories: catalogue.histories, device: device)
      kind = .recommender(configuration, catalogue, model)
    case .ranker(let configuration):
      kind = .ranker(configuration, try RankerPredictor(configuration, run: run, device: device))
    }
  }

  var module: Module {
    switch kind {
    case .recommender(_, _, let model): model
    case .ranker(_, let predictor): predictor.model
    }
  }

  func locked<Value>(_ body: () throws -> Value) rethrows -> Value { try lock.withLock(body) }

  /// - Throws: `ModelError` for a ranker, which knows rows and no users.
  func recommender(_ what: String) throws -> (Configuration, Catalogue, any Recommender) {
    guard case .recommender(let configuration, let catalogue, let model) = kind else {
      throw ModelError(
        code: .missingInput,
        message: "\(what): \(run.path) is the run of a ranker, which knows rows and no users; use predict or evaluate")
    }
    return (configuration, catalogue, model)
  }

  /// - Throws: `ModelError` for a recommender.
  func ranker(_ what: String) throws -> (RankingConfiguration, RankerPredictor) {
    guard case .ranker(let configuration, let predictor) = kind else {
      throw ModelError(
        code: .missingInput,
        message:
          "\(what): \(run.path) is the run of a recommender, which knows users and items; use recommend or scores")
    }
    return (configuration, predictor)
  }

  var facts: JSONText {
    get throws {
      let tensors = try module.stateDict().map { name, tensor in
        JSONText.object([
          ("name", .text(name)), ("shape", .list(tensor.shape.map(JSONText.integer))),
          ("dtype", .text("\(tensor.dtype)")),
        ])
      }
      let shared: [(String, JSONText)] = [
        ("run", .text(run.path)), ("device", .text("\(device)")), ("tensors", .list(tensors)),
        ("note", run.foreignEnvironment().map(JSONText.text) ?? .null),
      ]
      switch kind {
      case .recommender(let configuration, let catalogue, let model):
        return .object(
          [
            ("kind", .text("recommender")), ("model", .text(model.modelName)),
            ("configuration", .text(configuration.yaml)),
            ("data", .text(configuration.data.name)), ("users", .integer(catalogue.users.count)),
            ("items", .integer(catalogue.items.count)), ("has_titles", .boolean(catalogue.itemTitles != nil)),
          ] + shared)
      case .ranker(let configuration, let predictor):
        let columns = predictor.pipeline.schema.columns.map { column in
          let isLabel = if case .label = column.kind { true } else { false }
          return JSONText.object([("name", .text(column.fileColumn)), ("is_label", .boolean(isLabel))])
        }
        return .object(
          [
            ("kind", .text("ranker")), ("model", .text(configuration.model.name)),
            ("configuration", .text(configuration.yaml)), ("data", .text(configuration.data.name)),
            ("goals", .list(predictor.goals.map(JSONText.text))), ("columns", .list(columns)),
          ] + shared)
      }
    }
  }

  /// Rows that a caller names, checked.
  static func rows(_ given: UnsafeBufferPointer<Int32>, below limit: Int, _ what: String) throws -> [Int] {
    for (place, row) in given.enumerated() where row < 0 || Int(row) >= limit {
      throw DataError(
        .outOfRange, "\(what): the one at place \(place) is outside 0..<\(limit)", received: "\(row)",
        remedy: "use rows that the run's vocabulary has")
    }
    return given.map(Int.init)
  }
}
