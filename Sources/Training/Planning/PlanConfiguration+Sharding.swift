import Features
import Models
import Sharding
import Sparse

extension PlanConfiguration {
  /// Divides the tables over the ranks of the planner's topology.
  ///
  /// - Parameter mainMemory: bytes of a host, where the topology does not say.
  /// - Throws: `ShardingError` for machines that can't be, constraints that can't be kept, and tables that don't fit.
  public func shard(_ planner: PlannerConfiguration, mainMemory: Int) throws -> PlannedSharding {
    let topology = try planner.topology.topology(mainMemory: mainMemory)
    let (tables, batch) = try plannerTables()
    var formats: WireFormats?
    if case .run(.ranker(let configuration)) = self { formats = configuration.sharding.formats }
    return try ShardingPlanner(
      topology: topology, workload: planner.workload(batch: batch, formats: formats, ranks: topology.layout.ranks),
      constraints: planner.constraints, proposers: planner.proposers
    ).plan(tables)
  }

  /// The tables as the planner takes them, and the run's batch. For a run that takes reading its data.
  private func plannerTables() throws -> (tables: [PlannerTable], batch: Int?) {
    switch self {
    case .tables(let embeddings, _):
      let tables = embeddings.tables.map {
        PlannerTable($0, optimizer: embeddings.optimizers[$0.name] ?? embeddings.optimizer)
      }
      return (tables, nil)
    case .run(.ranker(let configuration)):
      let space = try RankingData(configuration).pipeline.space
      let tables = configuration.model.tables(in: space, tables: configuration.tables).map {
        PlannerTable($0, optimizer: configuration.tables.optimizer)
      }
      return (tables, configuration.train.loop.batch)
    case .run(.recommender(let configuration)):
      let dataset = try Datasets.load(configuration.data.name, options: configuration.data.options)
      let lookups = configuration.train.loss.lookupsPerSample
      let tables = configuration.model.tables(in: InteractionSpace(dataset)).map {
        PlannerTable(
          name: $0.name, rows: $0.rows, columns: $0.dimension, isPooled: false,
          statesPerWeight: configuration.train.optimizer.statesPerWeight, poolingFactor: lookups)
      }
      return (tables, configuration.train.loop.batch)
    }
  }
}

extension TrainingLoss {
  /// Rows of a table that one interaction asks for.
  fileprivate var lookupsPerSample: Double {
    switch self {
    case .bce(let negatives), .bpr(let negatives): Double(1 + negatives)
    case .softmax, .mse: 1
    case .nextItem(let maxLength): Double(maxLength)
    }
  }
}
