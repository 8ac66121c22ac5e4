import Foundation
import Models
import Torch
import TorchNN

/// A model's weights with everything that a run needs to continue from them bit for bit.
///
/// One safetensors file. The model's tensors stand under their own PyTorch names, so that Python can load them as they are;
/// what belongs to the run has a slash in its name: `optimizer/fc1.weight.exp_avg`, `random/cpu`, `trainer/loss_sum`.
public struct Checkpoint {
  public static let format = 1
  static let stateKey = "swiftrec.state"
  static let digestKey = "swiftrec.xxh64"

  public var model: [(String, Tensor)]
  public var optimizer: [String: Tensor]
  /// Generator states by device, and the trainer's running sums.
  public var run: [String: Tensor]
  public var state: TrainingState

  public init(
    model: [(String, Tensor)], optimizer: [String: Tensor] = [:], run: [String: Tensor] = [:], state: TrainingState
  ) {
    self.model = model
    self.optimizer = optimizer
    self.run = run
    self.state = state
  }

  /// Writes the checkpoint beside `path`, flushes it and renames it: the file at `path` is whole at any moment.
  ///
  /// On the CPU no tensor is copied for it.
  ///
  /// - Parameter other: a second name for the same file.
  public func save(to path: String, alsoAs other: String? = nil) throws {
    try Self.write(tensors.map { Safetensors.Source($0.name, $0.tensor) }, state: state, to: path, alsoAs: other)
  }

  /// All tensors, by the names that they have in the file.
  var tensors: [(name: String, tensor: Tensor)] {
    model.map { (name: $0.0, tensor: $0.1) }
      + optimizer.sorted { $0.key < $1.key }.map { (name: "optimizer/\($0.key)", tensor: $0.value) }
      + run.sorted { $0.key < $1.key }.map { (name: $0.key, tensor: $0.value) }
  }

  /// Reads a whole checkpoint into memory; ``CheckpointFile`` takes its tensors one at a time.
  ///
  /// - Throws: `RunError` for a missing file, one that is cut off or changed, one without a state, or one of a newer layout.
  public static func load(from path: String) throws -> Checkpoint {
    let file = try CheckpointFile(path)
    return Checkpoint(
      model: try file.model.map { ($0, try file.tensor($0)) }, optimizer: try file.tensors("optimizer/"),
      run: try file.tensors("") { !$0.hasPrefix("optimizer/") }, state: file.state)
  }

  /// Copies the weights into `module`.
  ///
  /// - Throws: `RunError` that lists every name and shape that does not fit; nothing is changed then.
  public func restore(_ module: Module, named name: String, path: String) throws {
    try Self.require(state, of: name, path: path)
    try Self.fitting(path) {
      try module.loadStateDict(Dictionary(model, uniquingKeysWith: { first, _ in first }))
    }
  }

  public func restore(_ recommender: any Recommender, path: String) throws {
    try restore(recommender, named: recommender.modelName, path: path)
  }

  static func require(_ state: TrainingState, of model: String, path: String) throws {
    guard state.model == model else {
      throw RunError(
        .mismatch, path: path,
        received: "a checkpoint of model \"\(state.model)\", this run's model is \"\(model)\"",
        remedy: "give the checkpoint of this run, or the configuration that the checkpoint was trained with")
    }
  }

  /// Says of weights that do not fit which file they are from.
  @discardableResult
  static func fitting<R>(_ path: String, _ body: () throws -> R) throws -> R {
    do {
      return try body()
    } catch let error as ModuleError {
      throw RunError(
        .mismatch, path: path, received: "\(error)",
        remedy: "use the configuration and the data that the checkpoint was trained with")
    }
  }

  /// Writes a file of tensors with their checksum, in one pass over them.
  ///
  /// - Parameters:
  ///   - state: of the file that stands for the whole checkpoint.
  ///   - pace: holds the writing back.
  /// - Returns: the checksum.
  @discardableResult
  static func write(
    _ sources: [Safetensors.Source], state: TrainingState? = nil, metadata: [String: String] = [:], to path: String,
    alsoAs other: String? = nil, pace: WritePace? = nil
  ) throws -> String {
    var metadata = metadata
    metadata["format"] = "pt"
    if let state { metadata[stateKey] = String(decoding: try encoded(state), as: UTF8.self) }
    var digest = CheckpointDigest()
    let seal = Safetensors.Seal(
      key: digestKey, length: 16, begin: { digest.begin($0) },
      add: {
        digest.add($0)
        try pace?.take($0.count)
      }, value: { digest.text })
    // Readers take the tensors by their names.
    try Safetensors.write(
      sources.sorted { $0.name < $1.name }, metadata: metadata, seal: seal, to: path, alsoAs: other)
    return digest.text
  }

  static func encoded(_ state: TrainingState) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(state)
  }
}
