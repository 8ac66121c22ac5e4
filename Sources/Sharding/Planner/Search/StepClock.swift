import Sparse

/// Turns what ranks do into the time of a step.
struct StepClock: Sendable {
  let topology: Topology
  let workload: Workload

  /// Each part lasts as long as its slowest rank: all wait for each other at its end.
  func step(loads: [RankLoad]) -> PartTimes {
    let slowest = loads.reduce(into: PartTimes()) { slowest, load in slowest = slowest.slower(ownTimes(load)) }
    return slowest + shared
  }

  func times(_ load: RankLoad) -> PartTimes { ownTimes(load) + shared }

  private func ownTimes(_ load: RankLoad) -> PartTimes { load.seconds(topology.costs, layout: topology.layout) }

  /// What every rank pays whoever holds what: the dense layers, and the latency of each collective. All tables share theirs: the
  /// numbers of ids, lengths, ids; vectors; gradients.
  private var shared: PartTimes {
    let costs = topology.costs
    let layout = topology.layout
    var times = PartTimes()
    let samples = Double(workload.batch) / Double(layout.ranks)
    // A multiplication and an addition a parameter forward, twice that backward.
    times[.dense] = costs.secondsPerStep + 6 * Double(workload.denseParameters) * samples * costs.secondsPerFlop
    guard layout.ranks > 1 else { return times }
    times[.inputExchange] = 3 * costs.secondsPerExchange
    times[.outputExchange] = costs.secondsPerExchange
    times[.gradientExchange] = costs.secondsPerExchange
    if workload.denseParameters > 0 {
      let bytes = 4 * Double(workload.denseParameters)
      times[.allReduce] =
        costs.secondsPerExchange + costs.allReduceSeconds(bytes: bytes, layout: layout)
    }
    return times
  }
}
