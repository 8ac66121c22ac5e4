import Sparse

/// Turns what ranks do into the time of a step.
struct StepClock: Sendable {
  let topology: Topology
  let workload: Workload

  /// Each part lasts as long as its slowest rank: all wait for each other at its end.
  func step(loads: [RankLoad], types: Set<ShardingType>) -> PartTimes {
    let shared = shared(types)
    let slowest = loads.reduce(into: PartTimes()) { slowest, load in slowest = slowest.slower(ownTimes(load)) }
    return slowest + shared
  }

  func times(_ load: RankLoad, types: Set<ShardingType>) -> PartTimes { ownTimes(load) + shared(types) }

  private func ownTimes(_ load: RankLoad) -> PartTimes { load.seconds(topology.costs, layout: topology.layout) }

  /// What every rank pays whoever holds what: the dense layers, and the latency of each collective.
  ///
  /// Tables of one group share their collectives: lengths and ids there, vectors and gradients back; sums within a host first take
  /// one more.
  private func shared(_ types: Set<ShardingType>) -> PartTimes {
    let costs = topology.costs
    let layout = topology.layout
    var times = PartTimes()
    let samples = Double(workload.batch) / Double(layout.ranks)
    // A multiplication and an addition a parameter forward, twice that backward.
    times[.dense] = costs.secondsPerStep + 6 * Double(workload.denseParameters) * samples * costs.secondsPerFlop
    guard layout.ranks > 1 else { return times }
    let groups = Double(ShardingType.groups.count { !types.isDisjoint(with: $0) })
    let isStaged = !types.isDisjoint(with: ShardingType.staged)
    times[.inputExchange] = 2 * groups * costs.secondsPerExchange
    times[.outputExchange] = (groups + (isStaged ? 1 : 0)) * costs.secondsPerExchange
    times[.gradientExchange] = times[.outputExchange]
    if workload.denseParameters > 0 || types.contains(.dataParallel) {
      let bytes = 4 * Double(workload.denseParameters)
      times[.allReduce] =
        costs.secondsPerExchange + costs.allReduceSeconds(bytes: bytes, layout: layout)
    }
    return times
  }
}

extension ShardingType {
  /// Sums within a host come first.
  static let staged: Set<ShardingType> = [.tableRowWise, .grid]

  /// Types whose tables share collectives.
  static let groups: [Set<ShardingType>] = [[.tableWise, .columnWise, .tableColumnWise], [.rowWise], staged]

  /// Every choice of groups, with and without replicas.
  static let groupChoices: [Set<ShardingType>] = (groups + [[.dataParallel]]).reduce(into: [[]]) { choices, group in
    choices += choices.map { $0.union(group) }
  }
}
