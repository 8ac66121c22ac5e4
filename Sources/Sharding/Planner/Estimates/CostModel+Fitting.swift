import Foundation

/// A step whose time is known: what a plan would take with other costs, and what it took.
public struct MeasuredPlan: Sendable {
  let planner: ShardingPlanner
  let plan: ShardingPlan
  let tables: [PlannerTable]
  /// Seconds a step.
  let seconds: Double

  /// - Throws: `ShardingError.plan` for a plan that doesn't cover the tables; `.constraints` for no time.
  public init(_ plan: ShardingPlan, of tables: [PlannerTable], by planner: ShardingPlanner, seconds: Double) throws {
    _ = try planner.estimate(plan, of: tables)
    guard seconds > 0, seconds.isFinite else {
      throw ShardingError(.constraints, "a step of \(seconds) seconds; give the seconds of a measured step, above 0")
    }
    self.planner = planner
    self.plan = plan
    self.tables = tables
    self.seconds = seconds
  }

  /// Seconds a step by `costs`.
  public func estimate(_ costs: CostModel) -> Double {
    var topology = planner.topology
    topology.costs = costs
    let estimator = ShardEstimator(topology: topology, workload: planner.workload)
    return PlannedSharding(plan, tables: tables, placements: [:], estimator: estimator).estimate.seconds
  }
}

extension CostModel {
  /// The costs that come nearest to measured steps: the sum of squares of `log(estimate / measured)` is made small, with a weak pull
  /// to these costs, so that what the steps don't tell stays as it was.
  ///
  /// - Parameter pull: how much a cost that is off by a factor of e counts, against a step that is off by as much.
  public func fitted(to steps: [MeasuredPlan], pull: Double = 0.001) -> CostModel {
    let terms = Self.terms.map(\.path).filter { self[keyPath: $0] > 0 }
    func loss(_ costs: CostModel) -> Double {
      let misses = steps.map { log(max($0.estimate(costs), 1e-12) / $0.seconds) }
      let moves = terms.map { log(costs[keyPath: $0] / self[keyPath: $0]) }
      return misses.reduce(0) { $0 + $1 * $1 } + pull * moves.reduce(0) { $0 + $1 * $1 }
    }
    var best = self
    var least = loss(best)
    // Each cost is tried larger and smaller, with ever smaller factors.
    var step = log(4.0)
    while step > 1e-3 {
      var isBetter = false
      for path in terms {
        for factor in [exp(step), exp(-step)] {
          var trial = best
          trial[keyPath: path] *= factor
          let found = loss(trial)
          if found < least {
            (best, least, isBetter) = (trial, found, true)
            break
          }
        }
      }
      if !isBetter { step /= 2 }
    }
    return best
  }
}
