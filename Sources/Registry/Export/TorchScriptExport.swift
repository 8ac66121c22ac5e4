import Features
import Foundation
import Models
import Torch
import TorchNN
import Training

/// Writes models as TorchScript files, which Python's `torch.jit.load` reads, and TorchServe and Triton through it.
///
/// They are traced: LibTorch's own operators only, any number of rows and any lengths. Rankers take `dense` `[B, N]`, `values` `[V]`
/// and `offsets` `[F * B + 1]`, the ids of all features key by key as a `KeyedJaggedTensor` has them, where ids are weighted `weights`
/// `[V]`, and each frozen vector `[B, W]`; out come the logits `[B, T]`. Recommenders take `users` and `items` `[B]` and give the
/// scores `[B]`; one of sequences takes `histories` `[B, L]` and `lengths` `[B]` and gives the scores of all items `[B, I]`. A part
/// that a model lacks is no input.
public enum TorchScriptExport {
  /// How far the file's numbers may lie from the model's, by ``Quantization/relativeDifference(_:_:)``.
  public static let tolerance = 1e-5

  /// What was written.
  public struct Report: Sendable {
    public var path: String
    public var signature: ModelSignature
    /// The largest difference between the file's numbers and the model's, over batches of other sizes than the traced one.
    public var difference: Double
  }

  /// Rows of the batch that is traced, and of those that are compared.
  static let tracedRows = 3
  static let comparedRows = [1, 2, 7, 64]

  /// Exports a run's best weights, with the signature beside them: `MODEL.signature.json`.
  ///
  /// - Throws: `RegistryError` with code `refused` where the file's numbers are others than the model's, and `exists` where
  ///   something stands at the path; nothing is left behind then.
  @discardableResult
  public static func write(_ run: RunDirectory, to path: String) throws -> Report {
    try run.requireRun()
    switch try ModelSource.open(run, device: .cpu).model {
    case let ranker as RankerModel: return try write(ranker.model, to: path)
    case let recommender as RecommenderModel: return try write(recommender.model, to: path)
    default:
      throw RegistryError(
        .invalid, run.path, received: "a model that can't be traced", remedy: "export a run of swiftrec")
    }
  }

  static func write(_ traced: some TracedModel, to path: String) throws -> Report {
    guard !FileManager.default.fileExists(atPath: path) else {
      throw RegistryError(
        .exists, path, received: "something is there already", remedy: "choose another file with --out, or delete it")
    }
    let folder = PathText.folder(of: path)
    if !folder.isEmpty { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    let beside = "\(path).checked-\(getpid())"
    defer { unlink(beside) }
    // What is traced asks for no gradient: nor does what is loaded.
    let trainable = traced.parameters.map(\.tensor).filter(\.requiresGrad)
    for tensor in trainable { _ = try tensor.requiresGrad_(false) }
    defer { for tensor in trainable { _ = try? tensor.requiresGrad_(true) } }
    try noGrad {
      try ScriptModule.trace(
        inputs: traced.inputs(rows: tracedRows, shift: 1), parameters: traced.parameters, buffers: traced.buffers,
        to: beside, traced.forward)
    }
    let module = try ScriptModule(path: beside)
    var difference = 0.0
    for (shift, rows) in comparedRows.enumerated() {
      let inputs = try traced.inputs(rows: rows, shift: shift)
      let found: [Float]
      do {
        found = try noGrad { try module.forward(inputs.map(\.tensor)).floats() }
      } catch {
        throw refused(path, "the file fails on \(rows) rows (\(error))")
      }
      difference = max(
        difference,
        try Quantization.relativeDifference(found, noGrad { try traced.expected(rows: rows, shift: shift).floats() }))
    }
    guard difference <= tolerance else {
      throw refused(path, "the file's numbers differ by \(difference) from the model's, \(tolerance) is allowed")
    }
    try AtomicFile.moveIntoPlace(beside, path)
    let signature = traced.signature
    try signature.write(to: (folder.isEmpty ? "" : "\(folder)/") + "\(PathText.stem(of: path)).signature.json")
    return Report(path: path, signature: signature, difference: difference)
  }

  private static func refused(_ path: String, _ received: String) -> RegistryError {
    RegistryError(
      .refused, path, received: received,
      remedy: "a model of your own must not use how many rows it gets; report it where it is one of swiftrec's")
  }
}

/// A model that can be written down as operators.
protocol TracedModel {
  var signature: ModelSignature { get }
  var parameters: [NamedTensor] { get }
  var buffers: [NamedTensor] { get }
  /// Examples of the signature's inputs; another shift, other values.
  func inputs(rows: Int, shift: Int) throws -> [(name: String, tensor: Tensor)]
  /// What is recorded.
  func forward(_ inputs: [Tensor]) throws -> Tensor
  /// What the model itself makes of the same examples.
  func expected(rows: Int, shift: Int) throws -> Tensor
}
