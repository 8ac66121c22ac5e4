import Features
import Foundation
import Models
import Torch
import TorchNN
import Training

extension ModelPackage {
  /// The model, ready to answer. Its weights stay in their file until they are used.
  ///
  /// - Throws: `RegistryError`, `DataError`, `RunError` or `SafetensorsError` naming the file that does not fit.
  public func open(device: Device = .cpu) throws -> LoadedModel {
    switch manifest.kind {
    case .recommender:
      guard case .recommender(let configuration) = try configuration() else { throw otherKind }
      let catalogue = try Catalogue.load(from: "\(path)/catalogue")
      let model = try made { try configuration.model.make(space: catalogue.space) }
      try PackageWeights.put(path, into: model, device: device)
      if let model = model as? any NextItemRecommender { model.histories = catalogue.histories }
      model.eval()
      let index = device.isCPU ? try PackageIndex.read(path) : nil
      let served = try RecommenderModel(
        model, catalogue: catalogue, seed: configuration.seed, items: index?.items, codes: index?.codes)
      return LoadedModel(
        name: manifest.name, version: "1", model: served, recommender: served, notes: notes, package: path)
    case .ranker:
      guard case .ranker(let configuration) = try configuration() else { throw otherKind }
      let pipeline = try FeaturePipeline(reading: "\(path)/pipeline")
      var tables = configuration.tables
      tables.optimizer = nil
      if let dataType = manifest.quantization.dataType { tables.dataType = dataType }
      let model = try made { try configuration.model.make(space: pipeline.space, tables: tables) }
      try PackageWeights.put(path, into: model, device: device)
      model.eval()
      let served = try RankerModel(
        model, pipeline: pipeline, negativeRate: configuration.data.negativeRate, device: device)
      return LoadedModel(name: manifest.name, version: "1", model: served, notes: notes, package: path)
    case .torchscript:
      let model = try ScriptedModel(
        "\(path)/model.pt", signature: ModelSignature(reading: "\(path)/signature.json"), device: device)
      return LoadedModel(name: manifest.name, version: "1", model: model, notes: notes, package: path)
    }
  }

  private func configuration() throws -> RunConfiguration { try RunConfiguration.load("\(path)/config.yaml") }

  private var otherKind: RegistryError {
    RegistryError(
      .mismatch, "\(path)/config.yaml", received: "not the configuration of a \(manifest.kind.rawValue)",
      remedy: "export the package anew")
  }

  /// A model whose weights nobody fills: they are put in place right after.
  private func made<Model>(_ make: () throws -> Model) rethrows -> Model {
    try Initialiser.$leavesWeights.withValue(true, operation: make)
  }
}
