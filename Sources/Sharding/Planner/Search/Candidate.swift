import Sparse

/// Options with ranks: a plan, and what it costs.
struct Candidate: Sendable {
  /// One of each table.
  var options: [ShardingOption]
  /// The rank of each piece, by table.
  var ranks: [[Int]]
  var loads: [RankLoad]
  var budget: MemoryBudget
  var seconds: Double

  /// Takes the time anew from the loads.
  mutating func measure(_ clock: StepClock) {
    seconds = clock.step(loads: loads).total
  }
}
