import Features
import Foundation
import Models
import Torch
import Training

/// Makes packages: writes one beside its place, opens it again, compares what both answer, and only then gives it its name.
///
/// ```swift
/// let report = try PackageExport(quantization: .int8).write(RunDirectory("runs/dlrm-criteo"), to: "packages/dlrm")
/// ```
public struct PackageExport: Sendable {
  public var quantization: Quantization
  /// The largest difference that is taken; that of the quantisation when nil.
  public var tolerance: Double?
  /// The model's name in the package; that of the run's folder when nil.
  public var name: String?

  public init(quantization: Quantization = .none, tolerance: Double? = nil, name: String? = nil) {
    self.quantization = quantization
    self.tolerance = tolerance
    self.name = name
  }

  /// What was written.
  public struct Report: Sendable {
    public var package: ModelPackage
    /// Bytes of all files.
    public var size: Int
    /// How many questions both were asked.
    public var questions: Int
    /// The largest difference between their answers, and the largest that would have been taken.
    public var difference: Double
    public var tolerance: Double
  }

  /// Questions that both are asked.
  static let questions = 256

  // MARK: A run

  /// Exports a run's best weights.
  ///
  /// - Throws: `RegistryError` with code `refused` where the package answers otherwise than the run, `exists` where something stands
  ///   at the path; what reading the run throws. Nothing is left behind then.
  @discardableResult
  public func write(_ run: RunDirectory, to path: String) throws -> Report {
    try run.requireRun()
    let configuration = try run.runConfiguration()
    let opened = try ModelSource.open(run, device: .cpu)
    return try staged(path) { folder in
      try copy(run.configurationFile, to: "\(folder)/config.yaml")
      if FileManager.default.fileExists(atPath: run.environmentFile) {
        try copy(run.environmentFile, to: "\(folder)/environment.json")
      }
      try PackageMetrics(of: run).write(to: folder)
      try Provenance(run, configuration).write(to: folder)
      let kind: PackageManifest.Kind
      let model: String
      switch opened.model {
      case let recommender as RecommenderModel:
        (kind, model) = (.recommender, recommender.model.modelName)
        try makeFolder("\(folder)/catalogue")
        try recommender.catalogue.save(to: "\(folder)/catalogue")
        let space = recommender.model.space
        try PackageWeights.write(recommender.model, quantization: quantization, to: folder) { _, tensor in
          tensor.rank == 2 && tensor.shape[1] > 1 && [space.userCount, space.itemCount].contains(tensor.shape[0])
        }
        if quantization == .none { try PackageIndex.write(recommender, to: folder) }
      case let ranker as RankerModel:
        (kind, model) = (.ranker, ranker.model.modelName)
        try ranker.pipeline.write(to: "\(folder)/pipeline")
        try PackageWeights.write(ranker.model, quantization: quantization, to: folder) { name, _ in
          name.contains(".embedding_bags.")
        }
      default:
        throw RegistryError(
          .invalid, run.path, received: "a model that no package holds", remedy: "export a run of swiftrec")
      }
      try finish(folder, name ?? opened.name, kind, model, opened.model.signature, quantization)
      return try Self.scores(opened.model)
    }
  }

  // MARK: A TorchScript file

  /// Wraps a TorchScript file, from Python or from here, so that it is registered and served like a run's model.
  ///
  /// - Throws: as ``write(_:to:)``.
  @discardableResult
  public func wrap(_ script: String, signature: ModelSignature, to path: String) throws -> Report {
    guard quantization == .none else {
      throw RegistryError(
        .invalid, script, received: "a TorchScript file and quantisation \(quantization.rawValue)",
        remedy: "quantise it where it was made; a wrapped file stays as it is")
    }
    _ = try ScriptedModel(script, signature: signature, device: .cpu)
    return try staged(path) { folder in
      try copy(script, to: "\(folder)/model.pt")
      try PackageMetrics().write(to: folder)
      try finish(folder, name ?? PathText.stem(of: script), .torchscript, "torchscript", signature, .none)
      return []
    }
  }

  // MARK: Steps

  /// - Parameter make: fills the folder and gives the scores that the package must give too.
  private func staged(_ path: String, _ make: (_ folder: String) throws -> [Float]) throws -> Report {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard !FileManager.default.fileExists(atPath: path) else {
      throw RegistryError(
        .exists, path, received: "something is there already", remedy: "choose another folder with --out, or delete it")
    }
    let parent = PathText.folder(of: path)
    if !parent.isEmpty { try makeFolder(parent) }
    let beside = "\(path).partial-\(getpid())"
    do {
      try? FileManager.default.removeItem(atPath: beside)
      try makeFolder(beside)
      let expected = try make(beside)
      let package = try ModelPackage(beside)
      try package.verify()
      let found = try Self.scores(package.open().model)
      let difference = Quantization.relativeDifference(found, expected)
      let allowed = tolerance ?? quantization.tolerance
      guard difference <= allowed else {
        throw RegistryError(
          .refused, path,
          received:
            "the package's scores of \(expected.count) questions differ by \(difference), \(allowed) is allowed",
          remedy: quantization == .none
            ? "report this with the run's config.yaml" : "take a finer --quantize, or allow more with --tolerance")
      }
      try AtomicFile.moveIntoPlace(beside, path)
      let written = try ModelPackage(path)
      return Report(
        package: written, size: written.manifest.files.reduce(0) { $0 + $1.size }, questions: expected.count,
        difference: difference, tolerance: allowed)
    } catch {
      try? FileManager.default.removeItem(atPath: beside)
      throw error
    }
  }

  /// Writes signature, MLmodel and, last of all, the manifest.
  private func finish(
    _ folder: String, _ name: String, _ kind: PackageManifest.Kind, _ model: String, _ signature: ModelSignature,
    _ quantization: Quantization
  ) throws {
    try signature.write(to: "\(folder)/signature.json")
    var manifest = PackageManifest(
      name: name, kind: kind, model: model, created: Date().ISO8601Format(), quantization: quantization,
      versions: .here, files: [])
    try MLmodelFile.write(manifest, signature, to: folder)
    manifest.files = try Self.files(of: folder).map { file in
      var facts = stat()
      guard stat("\(folder)/\(file)", &facts) == 0 else { throw FileError(path: file, action: "examine", errno: errno) }
      return PackageManifest.File(
        path: file, size: Int(facts.st_size), sha256: try Checksum.sha256(ofFile: "\(folder)/\(file)"))
    }
    try manifest.write(to: folder)
  }

  private static func files(of folder: String) throws -> [String] {
    let all = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return all.filter { path in
      var facts = stat()
      return stat("\(folder)/\(path)", &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
    }.sorted()
  }

  /// What a model makes of made-up questions.
  private static func scores(_ model: any ServableModel) throws -> [Float] {
    switch model {
    case let model as RecommenderModel:
      let (users, items) = try SampleBatch.pairs(of: model.model.space, count: questions)
      return try noGrad { try model.model.pairScores(users: users, items: items).floats() }
    case let model as RankerModel:
      return try model.probabilities(SampleBatch.features(of: model.pipeline.space, rows: questions)).floats()
    default: return []
    }
  }

  private func copy(_ from: String, to path: String) throws {
    let file = try MappedFile(from)
    try AtomicFile.write(to: path) { put in try file.withBytes(put) }
  }

  private func makeFolder(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw RegistryError(
        .io, path, received: "the folder can't be made (\((error as NSError).localizedDescription))",
        remedy: "choose a folder that you may write to with --out")
    }
  }
}
