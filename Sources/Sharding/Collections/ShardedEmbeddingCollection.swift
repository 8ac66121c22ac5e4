import Sparse
import Torch
import TorchDistributed
import TorchNN

/// `EmbeddingCollection` with its tables divided over the ranks of a group: one vector an id, for sequences.
///
/// Ids, rows and gradients travel as in `ShardedEmbeddingBagCollection`.
public final class ShardedEmbeddingCollection: Module {
  public let configs: [EmbeddingConfig]
  public let plan: ShardingPlan
  public let formats: WireFormats
  let tables: ShardedTables
  /// This rank's shards; nil for a rank that holds none.
  let local: EmbeddingCollection?
  private let device: Device

  /// Parameters and errors as in `ShardedEmbeddingBagCollection`.
  public init(
    tables configs: [EmbeddingConfig], optimizer: EmbeddingOptimizer, optimizers: [String: EmbeddingOptimizer] = [:],
    plan: ShardingPlan, group: ProcessGroup, formats: WireFormats = WireFormats(), device: Device = .cpu,
    generator: Generator? = nil
  ) throws {
    self.configs = configs
    self.plan = plan
    self.formats = formats
    self.device = device
    let tables = try ShardedTables(configs, plan: plan, group: group, optimizer: optimizer, optimizers: optimizers) {
      _ in
      nil
    }
    self.tables = tables
    let members = Members()
    let (shards, rules) = tables.shards(of: configs)
    local =
      shards.isEmpty
      ? nil : members.add("shards", try EmbeddingCollection(tables: shards, optimizers: rules, device: device))
    super.init(members)
    for (shard, mean) in tables.rowMeans(configs) { local?.setRowMean(table: shards[shard].name, mean) }
    try ShardedTables.initialise(
      configs, tables.held, weights: shards.compactMap { local?.weight(of: $0.name) }, generator: generator)
  }

  /// The keys of the output, as those of `EmbeddingCollection`.
  public var embeddingNames: [String] { tables.layout.slots.map(\.name) }

  /// Looks up every id of this rank's batch.
  ///
  /// - Returns: for each name a jagged tensor with values `[N_f, D]` float32 and the feature's lengths.
  /// - Throws: as `ShardedEmbeddingBagCollection`.
  public func callAsFunction(_ features: KeyedJaggedTensor) throws -> [String: JaggedTensor] {
    let layout = tables.layout
    let arrived = try InputExchange(
      features, layout: layout, configs: configs, group: tables.group, isWeighted: false, keepsPositions: true,
      device: device
    ).wait()
    guard let sent = arrived.sent else { return [:] }
    let found = try local?(arrived.local) ?? [:]
    // Without a row of its own a rank still hands on gradients: the others wait for them.
    var rows = layout.lookups(of: tables.group.rank).indices.compactMap { found[String($0)]?.values }
    if rows.isEmpty { rows = [try Tensor.zeros([0, 0], device: device).requiresGrad_()] }
    let exchange = SequenceExchange(
      layout: layout, group: tables.group, formats: formats, sent: sent, device: device)
    let outputs = try exchange.apply(rows)
    var result: [String: JaggedTensor] = [:]
    for (number, slot) in layout.slots.enumerated() {
      result[slot.name] = try JaggedTensor(values: outputs[number], lengths: sent.lengths[number])
    }
    return result
  }
}
