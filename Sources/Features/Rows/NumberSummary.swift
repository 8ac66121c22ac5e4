import Foundation

/// Mean, deviation and a sample of a column of numbers, taken in one pass.
struct NumberSummary {
  /// How many values the sample has at most.
  static let sampleSize = 200_000

  private(set) var count = 0
  private(set) var missing = 0
  private(set) var minimum = Float.infinity
  private(set) var maximum = -Float.infinity
  private(set) var mean = 0.0
  private var squares = 0.0
  private(set) var sample: [Float] = []
  private let keepsSample: Bool
  private var random: RandomStream

  init(keepsSample: Bool, column: Int) {
    self.keepsSample = keepsSample
    random = RandomStream(seed: 0x71756e74, UInt64(truncatingIfNeeded: column))
  }

  mutating func add(_ values: UnsafeBufferPointer<Float>) {
    for value in values {
      if value.isNaN {
        missing += 1
        continue
      }
      count += 1
      minimum = min(minimum, value)
      maximum = max(maximum, value)
      // Welford 1962.
      let change = Double(value) - mean
      mean += change / Double(count)
      squares += change * (Double(value) - mean)
      guard keepsSample else { continue }
      // Reservoir sampling, Vitter 1985, algorithm R.
      if sample.count < NumberSummary.sampleSize {
        sample.append(value)
      } else {
        let place = random.next(below: count)
        if place < sample.count { sample[place] = value }
      }
    }
  }

  var deviation: Double { count > 0 ? (squares / Double(count)).squareRoot() : 0 }

  /// Edges that cut the sample into `parts` of about equal share; fewer where one value has more than its share.
  func edges(_ parts: Int) -> [Float] {
    let sorted = sample.sorted()
    guard let first = sorted.first else { return [] }
    var edges: [Float] = []
    for part in 1..<max(2, parts) {
      let edge = sorted[min(sorted.count - 1, sorted.count * part / parts)]
      if edge > edges.last ?? first { edges.append(edge) }
    }
    return edges
  }
}
