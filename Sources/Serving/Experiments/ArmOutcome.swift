/// What the users of one arm did, each user counted once.
public struct ArmOutcome: Sendable, Equatable {
  public var arm: String
  public var users = 0
  /// Users with at least one event of the goal.
  public var converted = 0
  /// Of each user's summed weights.
  public var sum = 0.0
  public var sumOfSquares = 0.0

  public init(arm: String) { self.arm = arm }

  /// - Parameter value: the summed weights of a user's events of the goal; 0 for a user without one.
  public mutating func add(_ value: Double, hasConverted: Bool) {
    users += 1
    if hasConverted { converted += 1 }
    sum += value
    sumOfSquares += value * value
  }

  public var rate: Double { users > 0 ? Double(converted) / Double(users) : 0 }
  public var mean: Double { users > 0 ? sum / Double(users) : 0 }
  /// Of one user's value, unbiased.
  public var variance: Double {
    users > 1 ? max(0, (sumOfSquares - sum * sum / Double(users)) / Double(users - 1)) : 0
  }
}
