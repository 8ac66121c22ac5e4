import Foundation

/// A step of Newton's method for logistic regression with shrunk weights; the first weight is the intercept and is not.
struct NewtonStep {
  let count: Int
  let l2: Double
  private var hessian: [Double]

  init(count: Int, l2: Double) {
    self.count = count
    self.l2 = l2
    hessian = [Double](repeating: 0, count: count * count)
  }

  func loss(_ samples: [SparseRow], _ rewards: [Double], _ weights: [Double]) -> Double {
    var loss = 0.0
    for (sample, reward) in zip(samples, rewards) {
      let logit = sample.dot(weights)
      loss += max(logit, 0) - logit * reward + log1p(exp(-abs(logit)))
    }
    return loss + l2 / 2 * weights.dropFirst().reduce(0) { $0 + $1 * $1 }
  }

  /// The inverse of the Hessian times the gradient; nil when the Hessian has no inverse in the numbers at hand.
  mutating func direction(_ samples: [SparseRow], _ rewards: [Double], _ weights: [Double]) -> [Double]? {
    var gradient = weights.map { $0 * l2 }
    gradient[0] = 0
    for place in hessian.indices { hessian[place] = 0 }
    for place in 1..<count { hessian[place * count + place] = l2 }
    for (sample, reward) in zip(samples, rewards) {
      let chance = 1 / (1 + exp(-sample.dot(weights)))
      let curvature = chance * (1 - chance)
      for (row, value) in zip(sample.places, sample.values) {
        gradient[row] += (chance - reward) * value
        // The lower half is enough.
        for (column, other) in zip(sample.places, sample.values) where column <= row {
          hessian[row * count + column] += curvature * value * other
        }
      }
    }
    return solve(gradient)
  }

  /// By Cholesky's decomposition, in place.
  private mutating func solve(_ right: [Double]) -> [Double]? {
    var solution = right
    for row in 0..<count {
      for column in 0...row {
        var sum = hessian[row * count + column]
        for place in 0..<column { sum -= hessian[row * count + place] * hessian[column * count + place] }
        if column < row {
          hessian[row * count + column] = sum / hessian[column * count + column]
        } else {
          guard sum > 0 else { return nil }
          hessian[row * count + row] = sum.squareRoot()
        }
      }
    }
    for row in 0..<count {
      for place in 0..<row { solution[row] -= hessian[row * count + place] * solution[place] }
      solution[row] /= hessian[row * count + row]
    }
    for row in (0..<count).reversed() {
      for place in row + 1..<count { solution[row] -= hessian[place * count + row] * solution[place] }
      solution[row] /= hessian[row * count + row]
    }
    return solution
  }
}
