import Foundation

/// Bernoulli Thompson sampling: draws a rate for each action from its Beta distribution and shows the actions with the
/// highest, in that order.
///
/// Chapelle and Li 2011, "An empirical evaluation of Thompson sampling".
public struct ThompsonSampling: Sendable, Equatable {
  /// `A` shapes of the Beta distributions, each above 0: rewards seen, and a prior.
  public let alpha: [Double]
  /// Rounds without a reward, and a prior.
  public let beta: [Double]

  /// - Throws: `MetricError` without actions, for lengths that differ or a shape that is not above 0.
  public init(alpha: [Double], beta: [Double]) throws(MetricError) {
    guard !alpha.isEmpty, alpha.count == beta.count else {
      throw .lengths(metric: "Thompson sampling", "alpha", alpha.count, "beta", beta.count)
    }
    for (name, shapes) in [("alpha", alpha), ("beta", beta)] {
      for (action, shape) in shapes.enumerated() where !(shape > 0 && shape < 1e9) {
        throw .value(
          metric: "Thompson sampling", what: name, at: action, got: shape, remedy: "use shapes above 0 and below 1e9")
      }
    }
    self.alpha = alpha
    self.beta = beta
  }

  /// The chance of each action at each position, by integration: no simulation, no noise.
  ///
  /// An action stands at position `l` when its rate is `x` and exactly `l` others are above; over the logit of `x` that is a
  /// smooth function of one variable.
  ///
  /// - Parameter positionCount: `L`, how many actions are shown; at most `A`.
  /// - Throws: `MetricError` for another number, or shapes so unequal that the grid cannot resolve them.
  /// - Complexity: O(grid x A x L^2)
  public func distribution(positionCount: Int) throws(MetricError) -> ActionDistribution {
    let actionCount = alpha.count
    guard (1...actionCount).contains(positionCount) else {
      throw .lengths(metric: "Thompson sampling", "positions", positionCount, "actions", actionCount)
    }
    let grid = LogitGrid(alpha: alpha, beta: beta)
    var below = [Double](repeating: 0, count: actionCount)
    var last = [LogitGrid.Density](repeating: .init(value: 0, slope: 0), count: actionCount)
    var chances = [Double](repeating: 0, count: actionCount * positionCount)
    var ranks = RankChances(actionCount: actionCount, positionCount: positionCount)
    for point in 0..<grid.count {
      for action in 0..<actionCount {
        let density = grid.density(alpha[action], beta[action], grid.constants[action], at: point)
        below[action] = min(1, below[action] + grid.area(from: last[action], to: density))
        last[action] = density
      }
      ranks.add(below: below, densities: last, step: grid.step, to: &chances)
    }
    for position in 0..<positionCount {
      let sum = (0..<actionCount).reduce(0.0) { $0 + chances[$1 * positionCount + position] }
      guard abs(sum - 1) < 1e-4 else {
        throw .value(
          metric: "Thompson sampling", what: "sum of the chances at position", at: position, got: sum,
          remedy: "use shapes that are less unequal")
      }
      for action in 0..<actionCount { chances[action * positionCount + position] /= sum }
    }
    return try ActionDistribution(everyRound: chances, actionCount: actionCount, positionCount: positionCount)
  }
}

/// Equally spaced logits that have all the mass of some Beta distributions between them.
private struct LogitGrid {
  /// A density over logits and its derivative.
  struct Density {
    var value: Double
    var slope: Double
  }

  let first: Double
  let step: Double
  let count: Int
  /// Logarithms of the Beta functions.
  let constants: [Double]

  init(alpha: [Double], beta: [Double]) {
    var low = Double.infinity
    var high = -Double.infinity
    var narrowest = Double.infinity
    for (a, b) in zip(alpha, beta) {
      let centre = log(a / b)
      let deviation = (1 / a + 1 / b).squareRoot()
      // Normal near its centre, exponential in its tails with rates a and b: 40 of either are nothing.
      low = min(low, centre - 10 * deviation - 40 / a)
      high = max(high, centre + 10 * deviation + 40 / b)
      narrowest = min(narrowest, deviation)
    }
    let wanted = (high - low) / (min(narrowest, 1) / 10)
    count = Int(min(max(wanted, 64), 65_536)) + 1
    first = low
    step = (high - low) / Double(count - 1)
    constants = zip(alpha, beta).map { lgamma($0) + lgamma($1) - lgamma($0 + $1) }
  }

  func density(_ alpha: Double, _ beta: Double, _ constant: Double, at point: Int) -> Density {
    let logit = first + Double(point) * step
    // log of the rate and of its complement, without cancellation on either side.
    let logRate = -log1p(exp(-abs(logit))) + min(logit, 0)
    let logRest = logRate - logit
    let value = exp(alpha * logRate + beta * logRest - constant)
    return Density(value: value, slope: value * (alpha - (alpha + beta) * exp(logRate)))
  }

  /// By the trapezoid rule with its correction for the slopes: of fourth order.
  func area(from first: Density, to second: Density) -> Double {
    max(0, step / 2 * (first.value + second.value) + step * step / 12 * (first.slope - second.slope))
  }
}

/// How many of the other actions are above one, up to the number of positions.
private struct RankChances {
  private let actionCount: Int
  private let positionCount: Int
  /// For each action, the chances that 0, 1, ... of those before it, or after it, are above.
  private var before: [Double]
  private var after: [Double]

  init(actionCount: Int, positionCount: Int) {
    self.actionCount = actionCount
    self.positionCount = positionCount
    before = [Double](repeating: 0, count: (actionCount + 1) * positionCount)
    after = before
  }

  mutating func add(
    below: [Double], densities: [LogitGrid.Density], step: Double, to chances: inout [Double]
  ) {
    let width = positionCount
    for rank in 0..<width { before[rank] = rank == 0 ? 1 : 0 }
    for action in 0..<actionCount {
      Self.take(below[action], in: &before, from: action * width, to: (action + 1) * width, width)
    }
    for rank in 0..<width { after[actionCount * width + rank] = rank == 0 ? 1 : 0 }
    for action in (0..<actionCount).reversed() {
      Self.take(below[action], in: &after, from: (action + 1) * width, to: action * width, width)
    }
    for action in 0..<actionCount where densities[action].value > 0 {
      let mass = step * densities[action].value
      for position in 0..<width {
        var chance = 0.0
        for rank in 0...position {
          chance += before[action * width + rank] * after[(action + 1) * width + position - rank]
        }
        chances[action * width + position] += mass * chance
      }
    }
  }

  /// One action more, which is below with the given chance.
  private static func take(
    _ below: Double, in chances: inout [Double], from source: Int, to target: Int, _ width: Int
  ) {
    for rank in 0..<width {
      let fewer = rank > 0 ? chances[source + rank - 1] : 0
      chances[target + rank] = chances[source + rank] * below + fewer * (1 - below)
    }
  }
}
