import Foundation

/// Logistic regression of the reward on context, position and action, by Newton's method.
///
/// One weight for each value of each context field, each position, each action, and one for the affinity of the user to the
/// action; an intercept that is not shrunk. It minimises the log loss plus `l2 / 2` times the squared weights, which is
/// scikit-learn's with `C = 1 / l2`.
public struct RewardModel: Sendable {
  private let layout: Layout
  private let weights: [Double]

  /// Which weight stands where: intercept, context fields, positions, actions, affinity.
  private struct Layout: Sendable {
    let fields: [Int]
    let positions: Int
    let actions: Int
    let count: Int
    let hasAffinity: Bool

    init(_ context: RoundContext, _ rounds: LoggedRounds) {
      var next = 1
      var fields: [Int] = []
      for size in context.sizes {
        fields.append(next)
        next += size
      }
      self.fields = fields
      positions = next
      actions = positions + rounds.positionCount
      hasAffinity = !context.affinities.isEmpty
      count = actions + rounds.actionCount + (hasAffinity ? 1 : 0)
    }
  }

  /// Learns from some of the rounds.
  ///
  /// - Parameters:
  ///   - places: the rounds to learn from.
  ///   - l2: above 0.
  /// - Throws: `MetricError` for a context of other rounds or actions, and another `l2`.
  public init(
    context: RoundContext, rounds: LoggedRounds, learningFrom places: [Int], l2: Double = 1
  ) throws(MetricError) {
    try Self.check(context, rounds, l2)
    for place in places where !rounds.actions.indices.contains(place) {
      throw .place(place, listLength: rounds.count)
    }
    let layout = Layout(context, rounds)
    self.layout = layout
    var newton = NewtonStep(count: layout.count, l2: l2)
    var weights = [Double](repeating: 0, count: layout.count)
    let samples = places.map { round in
      Self.features(layout, context, round, Int(rounds.positions[round]), Int(rounds.actions[round]))
    }
    let rewards = places.map { rounds.rewards[$0] }
    var loss = newton.loss(samples, rewards, weights)
    for _ in 0..<60 {
      guard let step = newton.direction(samples, rewards, weights) else { break }
      // Halved until the loss falls: far from the optimum a whole step may overshoot.
      var length = 1.0
      var next = zip(weights, step).map { $0 - $1 }
      var nextLoss = newton.loss(samples, rewards, next)
      while !(nextLoss <= loss), length > 1e-6 {
        length /= 2
        next = zip(weights, step).map { $0 - length * $1 }
        nextLoss = newton.loss(samples, rewards, next)
      }
      guard nextLoss <= loss else { break }
      weights = next
      let change = step.reduce(0) { max($0, abs($1)) } * length
      loss = nextLoss
      if change < 1e-10 { break }
    }
    self.weights = weights
  }

  /// What is expected of each action in some rounds.
  ///
  /// - Returns: `[places, A]`, row by row.
  public func rewards(context: RoundContext, rounds: LoggedRounds, places: [Int]) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(places.count * rounds.actionCount)
    for round in places {
      var shared = weights[0] + weights[layout.positions + Int(rounds.positions[round])]
      for (field, start) in layout.fields.enumerated() {
        shared += weights[start + Int(context.codes[round * layout.fields.count + field])]
      }
      for action in 0..<rounds.actionCount {
        var logit = shared + weights[layout.actions + action]
        if layout.hasAffinity {
          logit += weights[layout.count - 1] * Double(context.affinities[round * rounds.actionCount + action])
        }
        values.append(1 / (1 + exp(-logit)))
      }
    }
    return values
  }

  /// Expected rewards of all rounds, each from a model that has not seen it.
  ///
  /// Chernozhukov et al. 2018, "Double/debiased machine learning", section 3: without it the doubly robust estimate leans on
  /// a model that knows the answers.
  ///
  /// - Parameters:
  ///   - folds: the part of each round, in `0..<F` with two parts or more; a part's rounds are answered by a model of the
  ///     others.
  ///   - l2: above 0.
  /// - Throws: `MetricError` for lengths that do not fit, fewer than two folds, and another `l2`.
  public static func crossFitted(
    context: RoundContext, rounds: LoggedRounds, folds: [Int], l2: Double = 1
  ) throws(MetricError) -> RewardTable {
    try check(context, rounds, l2)
    guard folds.count == rounds.count else {
      throw .lengths(metric: "cross-fitting", "folds", folds.count, "rounds", rounds.count)
    }
    let parts = Set(folds).sorted()
    guard parts.count > 1 else { throw .lengths(metric: "cross-fitting", "folds", parts.count, "at least", 2) }
    var values = [Double](repeating: 0, count: rounds.count * rounds.actionCount)
    for part in parts {
      let own = folds.indices.filter { folds[$0] == part }
      let others = folds.indices.filter { folds[$0] != part }
      let model = try RewardModel(context: context, rounds: rounds, learningFrom: others, l2: l2)
      let found = model.rewards(context: context, rounds: rounds, places: own)
      for (row, round) in own.enumerated() {
        for action in 0..<rounds.actionCount {
          values[round * rounds.actionCount + action] = found[row * rounds.actionCount + action]
        }
      }
    }
    return try RewardTable(values, actionCount: rounds.actionCount)
  }

  /// Parts of nearly equal size, drawn at random.
  public static func folds(
    _ count: Int, of rounds: Int, using random: inout some RandomNumberGenerator
  ) -> [Int] {
    guard count > 0, rounds > 0 else { return [] }
    return (0..<rounds).map { $0 % count }.shuffled(using: &random)
  }

  private static func check(_ context: RoundContext, _ rounds: LoggedRounds, _ l2: Double) throws(MetricError) {
    guard context.count == rounds.count else {
      throw .lengths(metric: "reward model", "rounds of the context", context.count, "rounds", rounds.count)
    }
    guard context.affinities.isEmpty || context.affinities.count == rounds.count * rounds.actionCount else {
      throw .lengths(
        metric: "reward model", "affinities", context.affinities.count, "rounds x actions",
        rounds.count * rounds.actionCount)
    }
    guard l2 > 0, l2.isFinite else {
      throw .value(metric: "reward model", what: "l2", at: 0, got: l2, remedy: "use 1")
    }
  }

  private static func features(
    _ layout: Layout, _ context: RoundContext, _ round: Int, _ position: Int, _ action: Int
  ) -> SparseRow {
    var places = [0]
    for (field, start) in layout.fields.enumerated() {
      places.append(start + Int(context.codes[round * layout.fields.count + field]))
    }
    places += [layout.positions + position, layout.actions + action]
    var values = [Double](repeating: 1, count: places.count)
    if layout.hasAffinity {
      let actions = context.affinities.count / context.count
      let affinity = context.affinities[round * actions + action]
      if affinity != 0 {
        places.append(layout.count - 1)
        values.append(Double(affinity))
      }
    }
    return SparseRow(places: places, values: values)
  }
}

/// The features of a sample that are not 0.
struct SparseRow {
  let places: [Int]
  let values: [Double]

  func dot(_ weights: [Double]) -> Double {
    var sum = 0.0
    for (place, value) in zip(places, values) { sum += weights[place] * value }
    return sum
  }
}
