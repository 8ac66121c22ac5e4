import Sharding
import Sparse
import TorchDistributed

/// How the embedding tables of a ranker are stored and trained.
public struct RankerTables: Sendable, Equatable {
  /// The rule that updates rows inside backward; nil gives parameters with sparse gradients, for an optimiser outside.
  public var optimizer: EmbeddingOptimizer?
  public var dataType: EmbeddingDataType
  public var placement: EmbeddingPlacement
  /// Where the tables are divided over several processes; nil for whole ones.
  public var world: World?

  /// The processes that hold the tables together.
  public struct World: Sendable, Equatable {
    public var group: ProcessGroup
    /// Which rank holds what; alike on all ranks.
    public var plan: ShardingPlan
    public var formats: WireFormats

    public init(group: ProcessGroup, plan: ShardingPlan, formats: WireFormats = WireFormats()) {
      self.group = group
      self.plan = plan
      self.formats = formats
    }

    public static func == (a: World, b: World) -> Bool {
      a.group === b.group && a.plan == b.plan && a.formats == b.formats
    }
  }

  public init(
    optimizer: EmbeddingOptimizer? = EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01),
    dataType: EmbeddingDataType = .fp32, placement: EmbeddingPlacement = .device, world: World? = nil
  ) {
    self.optimizer = optimizer
    self.dataType = dataType
    self.placement = placement
    self.world = world
  }
}
