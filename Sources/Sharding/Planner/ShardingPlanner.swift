import Sparse

/// Decides which rank holds which part of which table, so that the tables fit and a step takes the least time, by estimate.
///
/// ```swift
/// let topology = try Topology(ranks: 8, hbm: 80 << 30, ddr: 1 << 40)
/// let planner = ShardingPlanner(topology: topology, workload: Workload(batch: 65_536))
/// let planned = try planner.plan([PlannerTable(name: "item", rows: 40_000_000, columns: 128)])
/// print(planned)  // memory and time by rank, then what became of each table
/// ```
///
/// As TorchRec's planner: options are enumerated with estimates, proposers choose one a table, a partitioner gives pieces ranks, and
/// the fastest plans are kept; then changes are tried on them as long as they help. Of plans within a thousandth of the fastest, one
/// with fewer pieces is taken.
public struct ShardingPlanner: Sendable {
  public var topology: Topology
  public var workload: Workload
  /// By table.
  public var constraints: [String: TableConstraints]
  public var proposers: ProposerChoice

  /// Plans that are refined.
  private static let beginnings = 4

  public init(
    topology: Topology, workload: Workload, constraints: [String: TableConstraints] = [:],
    proposers: ProposerChoice = .all
  ) {
    self.topology = topology
    self.workload = workload
    self.constraints = constraints
    self.proposers = proposers
  }

  /// - Throws: `ShardingError.constraints` with every impossible table, constraint and number at once; `ShardingError.memory` for tables
  ///   that don't fit, with what each needs and what is free.
  public func plan(_ tables: [PlannerTable]) throws -> PlannedSharding {
    let tables = try prepared(tables)
    let estimator = ShardEstimator(topology: topology, workload: workload)
    let enumerator = ShardingEnumerator(estimator: estimator, constraints: constraints)
    let all = tables.enumerated().map { enumerator.options($1, index: $0) }
    try requireOptions(tables, all)
    let shortage = MemoryShortage(estimator: estimator, tables: tables)
    let options = try shortage.fitting(all)
    // Main memory is for what the GPUs can't hold: it is looked at where nothing else fits.
    let preferred = zip(tables, options).map { table, found in
      let near = found.filter { $0.placement == table.placement }
      return near.isEmpty || constraints[table.name]?.placements != nil ? found : near
    }
    guard let best = best(preferred, estimator) ?? best(options, estimator) else { throw shortage.refusal(options) }
    return PlannedSharding(best, tables: tables, estimator: estimator)
  }

  /// What a step of a plan that is there already takes, by this planner's numbers: to hold estimates to measured steps.
  ///
  /// - Throws: `ShardingError.plan` for a plan that doesn't cover the tables or the world.
  public func estimate(
    _ plan: ShardingPlan, of tables: [PlannerTable], placements: [String: EmbeddingPlacement] = [:]
  ) throws -> PlannedSharding {
    let tables = try prepared(tables)
    guard plan.layout == topology.layout else {
      throw ShardingError(
        .plan,
        "the plan is for \(plan.layout.ranks) ranks on \(plan.layout.hosts) hosts, the topology has "
          + "\(topology.layout.ranks) on \(topology.layout.hosts); give the hosts of the plan")
    }
    let configs = tables.map { EmbeddingBagConfig(name: $0.name, numEmbeddings: $0.rows, embeddingDim: $0.columns) }
    try plan.validate(configs, ranks: topology.layout.ranks)
    let estimator = ShardEstimator(topology: topology, workload: workload)
    return PlannedSharding(plan, tables: tables, placements: placements, estimator: estimator)
  }

  /// - Returns: nil where nothing fits.
  private func best(_ options: [[ShardingOption]], _ estimator: ShardEstimator) -> Candidate? {
    let partitioner = Partitioner(estimator: estimator)
    let clock = StepClock(topology: topology, workload: workload)
    let refiner = PlanRefiner(options: options, partitioner: partitioner, clock: clock)
    let refined = search(options, partitioner).map(refiner.refined)
    return refined.min { $0.seconds < $1.seconds }.map(refiner.simplified)
  }

  /// The fastest plans that proposers find, so that refining does not depend on one beginning.
  private func search(_ options: [[ShardingOption]], _ partitioner: Partitioner) -> [Candidate] {
    var searches: [any Proposer] = []
    if proposers != .dynamicProgramming {
      searches.append(GreedyProposer(options) { $0.depth })
      searches.append(GreedyProposer(options) { $0.share })
    }
    if proposers != .greedy {
      let limit = MemoryBudget(partitioner.estimator).total(topology.device)
      searches.append(DynamicProgrammingProposer(options, limit: limit, device: topology.device))
    }
    if proposers == .all, let grid = GridProposer(options) { searches.append(grid) }
    var seen: [[Int]: Double?] = [:]
    var best: [Candidate] = []
    for var search in searches {
      while let choice = search.propose() {
        if let known = seen[choice] {
          search.learn(seconds: known)
          continue
        }
        let candidate = partitioner.place(zip(options, choice).map { $0[$1] })
        seen[choice] = .some(candidate?.seconds)
        search.learn(seconds: candidate?.seconds)
        guard let candidate, !best.contains(where: { $0.seconds == candidate.seconds }) else { continue }
        best.insert(candidate, at: best.firstIndex { candidate.seconds < $0.seconds } ?? best.count)
        if best.count > Self.beginnings { best.removeLast() }
      }
    }
    return best
  }

  // MARK: Faults

  /// The tables with the pooling factors of their constraints, once all is known to be possible.
  private func prepared(_ tables: [PlannerTable]) throws -> [PlannerTable] {
    var faults = workload.faults + topology.costs.faults
    var names: Set<String> = []
    for table in tables {
      let own = table.faults
      faults += own
      if !names.insert(table.name).inserted {
        faults.append("table \"\(table.name)\" is there twice; rename one of them")
      }
      if own.isEmpty, let rules = constraints[table.name] {
        faults += rules.faults(table: table, layout: topology.layout, device: topology.device)
      }
    }
    for name in constraints.keys.sorted() where !names.contains(name) {
      faults.append("constraints for a table \"\(name)\" that is not there; the tables are \(names.sorted())")
    }
    if tables.isEmpty { faults.append("no tables to plan for; give one or more") }
    guard faults.isEmpty else { throw ShardingError(.constraints, faults.joined(separator: "\n")) }
    return tables.map { table in
      var table = table
      if let factor = constraints[table.name]?.poolingFactor { table.poolingFactor = factor }
      return table
    }
  }

  private func requireOptions(_ tables: [PlannerTable], _ options: [[ShardingOption]]) throws {
    let faults = zip(tables, options).filter { $1.isEmpty }.map { table, _ in
      let types = constraints[table.name]?.types?.map(\.rawValue).sorted() ?? []
      return "table \"\(table.name)\": its constraints leave no way to divide it"
        + (types.isEmpty ? "" : " (sharding \(types))")
        + "; row_wise and data_parallel need every rank, table_row_wise and grid_shard a whole host, pieces of columns at "
        + "least min_columns each"
    }
    guard faults.isEmpty else { throw ShardingError(.constraints, faults.joined(separator: "\n")) }
  }
}

extension ShardingError.Code {
  /// Tables, constraints or numbers that a planner can't plan with.
  public static let constraints = ShardingError.Code(description: "constraints")
}
