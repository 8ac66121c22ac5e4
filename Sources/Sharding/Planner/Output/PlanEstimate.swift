/// What a plan takes: memory and time of each rank, and the step.
public struct PlanEstimate: Sendable, Equatable {
  public struct Rank: Sendable, Equatable {
    /// Bytes of tables, state, ids and vectors, and of the dense layers.
    public let storage: Storage
    /// Seconds by part.
    public let times: PartTimes
  }

  public let ranks: [Rank]
  /// Seconds by part of the slowest rank in it: all wait for each other at the end of each.
  public let step: PartTimes

  public var seconds: Double { step.total }

  /// The part that takes longest.
  public var bottleneck: StepPart {
    StepPart.allCases.max { step[$0] < step[$1] } ?? .dense
  }

  /// The rank that takes longest in `part`, the first of several.
  public func slowest(_ part: StepPart) -> Int {
    ranks.indices.max { (ranks[$0].times[part], $1) < (ranks[$1].times[part], $0) } ?? 0
  }

  /// How much longer the slowest rank takes than the ranks do on average; 1 is a perfect balance.
  public var imbalance: Double { imbalance(\.times.total) }

  /// How much more the fullest rank holds than the ranks do on average.
  public var memoryImbalance: Double { imbalance { Double($0.storage.total) } }

  private func imbalance(_ value: (Rank) -> Double) -> Double {
    let values = ranks.map(value)
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    return mean > 0 ? (values.max() ?? 0) / mean : 1
  }
}
