import Foundation
import Sharding
import Testing

@Suite("Cost model")
struct CostModelTests {
  static let tables = [
    PlannerTable(name: "a", rows: 100_000, columns: 64, poolingFactor: 10),
    PlannerTable(name: "b", rows: 500_000, columns: 32, poolingFactor: 3),
  ]

  @Test("reads back as written, term by term")
  func coding() throws {
    let data = try JSONEncoder().encode(CostModel.cpu)
    #expect(try JSONDecoder().decode(CostModel.self, from: data) == .cpu)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Double])
    #expect(Set(object.keys) == Set(CostModel.terms.map(\.name)))
    for (name, path) in CostModel.terms {
      let value = CostModel.cpu[keyPath: path]
      #expect(abs((object[name] ?? .nan) - value) <= 1e-12 * value)
    }
  }

  @Test("a step is a sum of the terms: every cost twice as high is a step twice as long")
  func isLinear() throws {
    let topology = try Topology(ranks: 2, ddr: 1 << 40)
    let planner = ShardingPlanner(topology: topology, workload: Workload(batch: 4096, denseParameters: 1000))
    var doubled = planner
    for (_, path) in CostModel.terms { doubled.topology.costs[keyPath: path] *= 2 }
    for plan in PlannerWorld.everyPlan(Self.tables, topology.layout) {
      let once = try planner.estimate(plan, of: Self.tables).estimate.seconds
      let twice = try doubled.estimate(plan, of: Self.tables).estimate.seconds
      #expect(abs(twice - 2 * once) < 1e-12 * twice)
    }
  }

  @Test("fitted to steps of another machine it comes near them, and ranks them rightly")
  func fitting() throws {
    var truth = CostModel.cpu
    truth.secondsPerExchange *= 3
    truth.secondsPerIntraHostByte *= 0.4
    truth.secondsPerLookup *= 2.5
    truth.secondsPerUpdate *= 1.7
    truth.secondsPerStep *= 5
    let topology = try Topology(ranks: 2, ddr: 1 << 40)
    let planner = ShardingPlanner(topology: topology, workload: Workload(batch: 4096, denseParameters: 1000))
    let plans = PlannerWorld.everyPlan(Self.tables, topology.layout)
    let real = { (plan: ShardingPlan) throws -> Double in
      try MeasuredPlan(plan, of: Self.tables, by: planner, seconds: 1).estimate(truth)
    }
    let steps = try stride(from: 0, to: plans.count, by: 7).map {
      try MeasuredPlan(plans[$0], of: Self.tables, by: planner, seconds: real(plans[$0]))
    }
    let fitted = topology.costs.fitted(to: steps, pull: 1e-4)
    var misses: [Double] = []
    for plan in plans {
      let seconds = try real(plan)
      let step = try MeasuredPlan(plan, of: Self.tables, by: planner, seconds: seconds)
      misses.append(abs(step.estimate(fitted) / seconds - 1))
    }
    #expect(misses.sorted()[misses.count / 2] < 0.05, "\(misses.sorted())")
    // What no step tells of stays.
    #expect(fitted.secondsPerInterHostByte == topology.costs.secondsPerInterHostByte)
    #expect(throws: ShardingError.self) { try MeasuredPlan(plans[0], of: Self.tables, by: planner, seconds: 0) }
  }
}
