import Features
import Models
import TorchDistributed

/// Everything that defines a ranker's run: rows, columns, model, tables, training, evaluation, seed, threads, device and links.
///
/// ```yaml
/// data: {name: criteo-sample}
/// model: {name: dlrm, dimension: 16}
/// embeddings: {optimizer: {name: row-wise-adagrad, lr: 0.02}}
/// train: {epochs: 2, batch: 256, optimizer: {name: adam, lr: 0.001}}
/// seed: 1
/// ```
public struct RankingConfiguration: Sendable, Equatable {
  public var data: RankingDataConfiguration
  public var model: RankerConfiguration
  public var tables: RankerTables
  public var train: RankingTrainConfiguration
  /// Rows of a batch of an evaluation.
  public var evaluationBatch: Int
  public var seed: UInt64
  /// Threads of one operator; nil takes as many as the machine gives.
  public var threads: Int?
  /// `auto`, `cpu`, `cuda` or `cuda:N`.
  public var device: String
  /// How ranks reach each other, where there are several.
  public var distributed: DistributedOptions
  /// How the tables are divided over the ranks.
  public var sharding: ShardingConfiguration
  /// What the planner is told, where it divides the tables.
  public var planner: PlannerConfiguration

  public init(
    data: RankingDataConfiguration, model: RankerConfiguration, tables: RankerTables = RankerTables(),
    train: RankingTrainConfiguration = RankingTrainConfiguration(), evaluationBatch: Int = 8192, seed: UInt64 = 1,
    threads: Int? = nil, device: String = "auto", distributed: DistributedOptions = DistributedOptions(),
    sharding: ShardingConfiguration = ShardingConfiguration(), planner: PlannerConfiguration = PlannerConfiguration()
  ) {
    self.data = data
    self.model = model
    self.tables = tables
    self.train = train
    self.evaluationBatch = evaluationBatch
    self.seed = seed
    self.threads = threads
    self.device = device
    self.distributed = distributed
    self.sharding = sharding
    self.planner = planner
  }

  init(_ source: ConfigurationSource) throws {
    let reader = source.reader
    let found = RankingConfiguration.read(reader)
    let faults = source.faults + reader.faults.list
    guard faults.isEmpty, let found else { throw ConfigurationError(faults) }
    self = found
  }

  private static func read(_ reader: ConfigurationReader) -> RankingConfiguration? {
    let schema = FeatureSchema.read(in: reader)
    let data = RankingDataConfiguration(
      reader.requiredSection("data"), schema: schema, hasSchema: reader.has("schema"))
    let model = reader.requiredSection("model").model(
      of: RankerRegistry.names, parse: RankerConfiguration.parse, keys: { $0.parameters.map(\.key) })
    let tables = RankerTables(reader.section("embeddings"))
    var train = RankingTrainConfiguration(reader.section("train"))
    train.loop.checkpoint = CheckpointConfiguration(reader.section(CheckpointConfiguration.key))
    let evaluate = reader.section("evaluate")
    let evaluationBatch = evaluate.integer("batch", default: 8192, in: 1...16_777_216)
    evaluate.finish()
    let seed = UInt64(reader.integer("seed", default: 1, in: 0...Int.max))
    let threads = reader.optionalInteger("threads", in: 0...1024)
    let device = Configuration.device(reader)
    let distributed = DistributedOptions(reader.section("distributed"))
    let sharding = ShardingConfiguration(reader.section("sharding"))
    reader.finish()
    guard let model else { return nil }
    return RankingConfiguration(
      data: data, model: model, tables: tables, train: train, evaluationBatch: evaluationBatch, seed: seed,
      threads: threads == 0 ? nil : threads, device: device, distributed: distributed, sharding: sharding)
  }

  /// The configuration with every default written out; reads back as an equal one.
  public var yaml: String { node.yaml }

  var node: ConfigurationNode {
    .map([
      ("data", data.node), ("schema", data.options.schema?.node), ("model", .model(model.name, model.parameters)),
      ("embeddings", tables.node), ("train", train.node),
      (CheckpointConfiguration.key, train.loop.checkpoint.node),
      ("evaluate", .map([("batch", .integer(evaluationBatch))])),
      ("seed", .integer(Int(clamping: seed))), ("threads", threads.map(ConfigurationNode.integer)),
      ("device", .text(device)), ("distributed", distributed.node), ("sharding", sharding.node),
      (PlannerConfiguration.key, planner.node),
    ])
  }
}
