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
    let isWhole = !types.isDisjoint(with: [.tableWise, .columnWise, .tableColumnWise])
    let isRows = types.contains(.rowWise)
    let isStaged = !types.isDisjoint(with: [.tableRowWise, .grid])
    let groups = Double([isWhole, isRows, isStaged].count { $0 })
    times[.inputExchange] = 2 * groups * costs.secondsPerExchange
    times[.outputExchange] = (groups + (isStaged ? 1 : 0)) * costs.secondsPerExchange
    times[.gradientExchange] = times[.outputExchange]
    if workload.denseParameters > 0 || types.contains(.dataParallel) {
      let bytes = 4 * Double(workload.denseParameters)
      times[.allReduce] =
        costs.secondsPerExchange
        + RankLoad.allReduce(bytes: bytes, layout: layout) * costs.secondsPerLink(layout)
    }
    return times
  }
}
