import Models
import TorchDistributed

/// Everything that defines a run: data, model, training, evaluation, seed, threads, device and links.
///
/// ```yaml
/// data: {name: ml-100k}
/// model: {name: mf, factors: 64}
/// train: {epochs: 20, batch: 1024, loss: bpr, optimizer: {name: adam, lr: 0.005}}
/// evaluate: {protocol: full, k: [10]}
/// seed: 1
/// ```
public struct Configuration: Sendable, Equatable {
  public var data: DataConfiguration
  public var model: ModelConfiguration
  public var train: TrainConfiguration
  public var evaluate: EvaluateConfiguration
  public var seed: UInt64
  /// Threads of one operator; nil takes as many as the machine gives.
  public var threads: Int?
  /// `auto`, `cpu`, `cuda` or `cuda:N`.
  public var device: String
  /// How ranks reach each other, where there are several.
  public var distributed: DistributedOptions

  public init(
    data: DataConfiguration, model: ModelConfiguration, train: TrainConfiguration = TrainConfiguration(),
    evaluate: EvaluateConfiguration = EvaluateConfiguration(), seed: UInt64 = 1, threads: Int? = nil,
    device: String = "auto", distributed: DistributedOptions = DistributedOptions()
  ) {
    self.data = data
    self.model = model
    self.train = train
    self.evaluate = evaluate
    self.seed = seed
    self.threads = threads
    self.device = device
    self.distributed = distributed
  }

  /// Reads a configuration file and applies `--set` overrides to it.
  ///
  /// - Throws: `ConfigurationError` with every fault of file and overrides at once.
  /// - Parameter options: further overrides with the option that each came from: `("seed=3", "--seed 3")`.
  public static func load(
    _ path: String, overrides: [String] = [], options: [(text: String, place: String)] = []
  ) throws -> Configuration {
    try Configuration(ConfigurationSource(path: path, overrides: overrides, options: options))
  }

  /// - Parameter name: what faults call the text.
  public init(
    yaml: String, name: String, overrides: [String] = [], options: [(text: String, place: String)] = []
  ) throws {
    try self.init(ConfigurationSource(yaml: yaml, name: name, overrides: overrides, options: options))
  }

  init(_ source: ConfigurationSource) throws {
    let reader = source.reader
    let found = Configuration.read(reader)
    let faults = source.faults + reader.faults.list
    guard faults.isEmpty, let found else { throw ConfigurationError(faults) }
    self = found
  }

  /// The configuration with every default written out; reads back as an equal one.
  public var yaml: String { node.yaml }

  var node: ConfigurationNode {
    .map([
      ("data", data.node), ("model", .model(model.name, model.parameters)), ("train", train.node),
      (CheckpointConfiguration.key, train.loop.checkpoint.node), ("evaluate", evaluate.node),
      ("seed", .integer(Int(clamping: seed))), ("threads", threads.map(ConfigurationNode.integer)),
      ("device", .text(device)), ("distributed", distributed.node),
    ])
  }
}
