import Environment
import Features
import Foundation
import Models
import Torch
import Training

/// Opens whatever answers: a run, a model package, a TorchScript file with its signature.
///
/// ```swift
/// let model = try ModelSource.open("runs/mf-ml100k")
/// let best = try model.recommender?.recommend([RecommendationQuery(user: "196", top: 10)])
/// ```
public enum ModelSource {
  /// - Parameters:
  ///   - path: a run directory, a package, a TorchScript file `MODEL.pt` with `MODEL.signature.json` beside it, or
  ///     `registry:NAME@ALIAS` of the registry that `SWIFTREC_REGISTRY` names (`registry` by default).
  ///   - device: where it computes.
  /// - Throws: `RegistryError` for what is none of these; `RunError`, `DataError`, `TorchError` and `SafetensorsError` for a
  ///   damaged one, with the file.
  public static func open(_ path: String, device: Device = .cpu) throws -> LoadedModel {
    var path = path
    if path.hasPrefix(ModelReference.prefix) {
      let store = try ModelStore(readOnly: true)
      let version = try store.resolve(path)
      var model = try store.package(version).open(device: device)
      (model.name, model.version) = (version.name, "\(version.version)")
      return model
    }
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw RegistryError(
        .missing, path, received: "no such file or folder",
        remedy: "give a run (runs/mf-ml100k), a package that `swiftrec export` made, or a TorchScript file")
    }
    if !isFolder.boolValue { return try script(path, device: device) }
    if FileManager.default.fileExists(atPath: "\(path)/\(PackageManifest.fileName)") {
      return try ModelPackage(path).open(device: device)
    }
    let run = RunDirectory(path)
    guard run.holdsRun else {
      throw RegistryError(
        .missing, path, received: "neither a run (config.yaml) nor a package (manifest.json)",
        remedy: "give a folder that `swiftrec train` or `swiftrec export` made")
    }
    return try open(run, device: device)
  }

  /// The version that a source names now: what `registry:NAME@ALIAS` points at, nil for files, which have none.
  ///
  /// - Throws: `RegistryError` for a name or an alias that the registry does not have.
  public static func version(of path: String) throws -> String? {
    guard path.hasPrefix(ModelReference.prefix) else { return nil }
    return try "\(ModelStore(readOnly: true).resolve(path).version)"
  }

  /// A run's best weights.
  static func open(_ run: RunDirectory, device: Device) throws -> LoadedModel {
    let name = PathText.name(of: run.path)
    let notes = run.foreignEnvironment().map { [$0] } ?? []
    switch try run.runConfiguration() {
    case .recommender(let configuration):
      let catalogue = try run.catalogue()
      let model = try run.model(
        configuration, space: catalogue.space, histories: catalogue.histories, device: device)
      let served = try RecommenderModel(model, catalogue: catalogue, seed: configuration.seed)
      return LoadedModel(name: name, version: "1", model: served, recommender: served, notes: notes)
    case .ranker(let configuration):
      let pipeline = try run.pipeline()
      let model = try run.ranker(configuration, space: pipeline.space, device: device)
      let served = try RankerModel(
        model, pipeline: pipeline, negativeRate: configuration.data.negativeRate, device: device)
      return LoadedModel(name: name, version: "1", model: served, notes: notes)
    }
  }

  /// A TorchScript file and the signature beside it.
  static func script(_ path: String, device: Device) throws -> LoadedModel {
    let folder = PathText.folder(of: path)
    let beside = (folder.isEmpty ? "" : "\(folder)/") + "\(PathText.stem(of: path)).signature.json"
    let model = try ScriptedModel(path, signature: ModelSignature(reading: beside), device: device)
    return LoadedModel(name: PathText.stem(of: path), version: "1", model: model)
  }
}
