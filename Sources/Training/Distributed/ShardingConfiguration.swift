import Foundation
import Models
import Sharding
import Sparse
import TorchDistributed

/// The `sharding:` section of a ranker: how its tables are divided where several processes train.
///
/// ```yaml
/// sharding: {plan: plan.json, forward_wire: bf16, backward_wire: fp32, pipeline: exact}
/// ```
public struct ShardingConfiguration: Sendable, Equatable {
  /// A file that `swiftrec plan --out` wrote; nil plans for the processes that there are.
  public var plan: String?
  /// How pooled rows and their gradients travel.
  public var formats: WireFormats
  /// How far the batches of the training overlap.
  public var pipeline: PipelineMode
  /// Whether rows of the next batch are fetched into the processor's caches while gradients travel.
  public var prefetch: Bool

  public init(
    plan: String? = nil, formats: WireFormats = WireFormats(), pipeline: PipelineMode = .exact, prefetch: Bool = false
  ) {
    self.plan = plan
    self.formats = formats
    self.pipeline = pipeline
    self.prefetch = prefetch
  }

  init(_ reader: ConfigurationReader) {
    func wire(_ key: String) -> WireFormat {
      WireFormat(rawValue: reader.choice(key, default: "fp32", of: WireFormat.allCases.map(\.rawValue))) ?? .fp32
    }
    self.init(
      plan: reader.text("plan"), formats: WireFormats(forward: wire("forward_wire"), backward: wire("backward_wire")),
      pipeline: PipelineMode(
        rawValue: reader.choice("pipeline", default: "exact", of: PipelineMode.allCases.map(\.rawValue))) ?? .exact,
      prefetch: reader.flag("prefetch", default: false))
    reader.finish()
  }

  /// nil where nothing differs from the defaults.
  var node: ConfigurationNode? {
    if self == ShardingConfiguration() { return nil }
    return .map([
      ("plan", plan.map(ConfigurationNode.text)), ("forward_wire", .text(formats.forward.rawValue)),
      ("backward_wire", .text(formats.backward.rawValue)),
      ("pipeline", .text(pipeline.rawValue)), ("prefetch", .boolean(prefetch)),
    ])
  }

  /// How the tables of a model are divided over the processes of a training.
  ///
  /// - Parameters:
  ///   - batch: samples a step, over all ranks.
  ///   - planner: what the plan has to keep, where no file has one.
  /// - Throws: `ShardingError` for a plan of other tables or another world, and for tables that don't fit.
  func divide(
    _ tables: [EmbeddingBagConfig], optimizer: EmbeddingOptimizer?, batch: Int, by planner: PlannerConfiguration,
    in world: TrainingWorld
  ) throws -> RankerTables.World? {
    guard !tables.isEmpty else { return nil }
    let hosts = Set(world.group.hosts).count
    let layout = try WorldLayout(ranks: world.size, ranksPerHost: max(1, world.size / max(1, hosts)))
    // Rank 0 plans for all.
    var said = ""
    try world.onMain("planning the tables") {
      let made: ShardingPlan
      if let file = self.plan {
        made = try PlanFile(path: file).plan
      } else {
        made = try planner.planner(for: layout, batch: batch, formats: formats)
          .plan(tables.map { PlannerTable($0, optimizer: optimizer) }).plan
      }
      try made.validate(tables, ranks: world.size)
      said = String(decoding: try JSONEncoder().encode(made), as: UTF8.self)
    }
    let plan = try JSONDecoder().decode(ShardingPlan.self, from: Data(world.gather(said)[0].utf8))
    return RankerTables.World(group: world.group, plan: plan, formats: formats)
  }
}
