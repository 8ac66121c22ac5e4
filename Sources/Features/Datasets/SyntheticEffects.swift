import Foundation

/// The distributions of a synthetic log and what is planted in them.
struct SyntheticEffects: Sendable {
  static let counts = 13
  static let categories = 26
  /// Effects hang on `id % classes`.
  static let classes = 1_000
  /// Numbers a class has in inner products.
  static let latent = 2
  /// Values that a count can take; a power of two, drawn by 12 bits.
  static let quantiles = 4_096

  /// What a count can be, in equal shares: -1 for a blank.
  let countValues: [Int32]
  /// `log(1 + count)`, 0 for a blank.
  let countLogs: [Float]
  /// What each adds to the first-order sum.
  let countEffects: [Float]
  let ids: [ZipfTable]
  /// `[categories, classes + 1]`, the last one for a blank: what each adds to the first-order sum.
  let first: [Float]
  /// Which categories meet in inner products, and `[of them, classes + 1, latent]`.
  let paired: [Int]
  let pair: [Float]
  let preset: SyntheticCriteo.Preset
  let signal: Float
  let goals: Int
  private(set) var bias: Float = 0
  let key: UInt64

  init(_ parameters: SyntheticCriteo.Parameters) throws {
    let seed = parameters.seed
    preset = parameters.preset
    signal = Float(parameters.signal)
    goals = parameters.goals
    key = RandomStream.mix(seed &+ 0x6372_6974_656f)
    var random = RandomStream(seed: seed, 0x706c_616e)
    let sizes = parameters.tableSizes
    let tables = try sizes.enumerated().map { number, size in
      // A quarter of the categories has blanks.
      try ZipfTable(size: size, skew: parameters.skew, blank: number % 4 == 2 ? 0.04 : 0)
    }
    ids = tables

    // How much of the first-order variance each field has. What is planted on large tables has to be learnt id by id, from
    // few rows each: they get little.
    let shares = sizes.map { $0 <= 300 ? 1.0 : $0 <= SyntheticEffects.classes ? 0.3 : 0.02 }
    let countShares = (0..<SyntheticEffects.counts).map { $0 % 3 == 0 ? 0.5 : 0.1 }
    let whole = shares.reduce(0, +) + countShares.reduce(0, +)
    var first: [Float] = []
    for number in 0..<SyntheticEffects.categories {
      let effects = SyntheticEffects.standardised(tables[number].classMass, &random)
      first += effects.map { Float($0 * (shares[number] / whole).squareRoot()) }
    }
    self.first = first
    var (values, logs, countEffects): ([Int32], [Float], [Float]) = ([], [], [])
    for number in 0..<SyntheticEffects.counts {
      let column = SyntheticEffects.countQuantiles(number)
      let numbers = column.map { log1p(Double(max(0, $0))) }
      let mean = numbers.reduce(0, +) / Double(numbers.count)
      let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(numbers.count)
      let sign = random.nextUnit() < 0.5 ? -1.0 : 1
      let scale = sign * (countShares[number] / whole / max(variance, 1e-9)).squareRoot()
      values += column
      // As the pipeline takes it, to the bit.
      logs += LogTable.shared.values(column)
      countEffects += numbers.map { Float(($0 - mean) * scale) }
    }
    (countValues, countLogs, self.countEffects) = (values, logs, countEffects)

    // Six of the smaller tables: a class of a pair must be seen often.
    paired = Array(sizes.indices.sorted { (sizes[$0], $0) < (sizes[$1], $1) }.filter { sizes[$0] >= 10 }.prefix(6))
    let pairs = Double(paired.count * (paired.count - 1) / 2 * SyntheticEffects.latent)
    let scale = pairs > 0 ? pow(pairs, -0.25) : 0
    var pair: [Float] = []
    for number in paired {
      let dimensions = (0..<SyntheticEffects.latent).map { _ in
        SyntheticEffects.standardised(tables[number].classMass, &random)
      }
      for place in 0...SyntheticEffects.classes { pair += dimensions.map { Float($0[place] * scale) } }
    }
    self.pair = pair
    bias = balance(rate: parameters.positiveRate)
  }

  /// Normal effects of classes, 0 for a blank, with mean 0 and deviation 1 over the rows.
  private static func standardised(_ mass: [Double], _ random: inout RandomStream) -> [Double] {
    var effects = (0..<classes).map { _ in
      // Box and Muller 1958.
      (-2 * log(1 - random.nextUnit())).squareRoot() * cos(2 * .pi * random.nextUnit())
    }
    let whole = mass.reduce(0, +)
    let mean = zip(effects, mass).reduce(0) { $0 + $1.0 * $1.1 } / whole
    let variance = zip(effects, mass).reduce(0) { $0 + ($1.0 - mean) * ($1.0 - mean) * $1.1 } / whole
    let scale = variance > 1e-12 ? 1 / variance.squareRoot() : 0
    effects = effects.map { ($0 - mean) * scale }
    return effects + [0]
  }

  /// Counts as click logs have them: many zeros and blanks, a long tail.
  private static func countQuantiles(_ number: Int) -> [Int32] {
    let blank = [0.45, 0, 0.2, 0.2, 0.02, 0.2, 0.04, 0, 0.04, 0.45, 0.04, 0.75, 0.2][number]
    let centre = [0.5, 1.5, 2, 1.5, 7, 3.5, 2, 2.2, 3.5, 0.2, 0.8, 0.1, 1.8][number]
    let spread = [1.0, 1.6, 1.4, 0.9, 1.8, 1.4, 1.3, 0.9, 1.2, 0.5, 0.8, 0.5, 1.0][number]
    let first = Int(blank * Double(quantiles))
    return (0..<quantiles).map { place in
      guard place >= first else { return -1 }
      let share = (Double(place - first) + 0.5) / Double(quantiles - first)
      return Int32(min(1e6, exp(centre + spread * normalQuantile(share)) - 0.5).rounded(.down).clamped(from: 0))
    }
  }

  /// The value that a normal number is below with probability `share`, by bisection.
  private static func normalQuantile(_ share: Double) -> Double {
    var (low, high) = (-9.0, 9.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if 0.5 * erfc(-middle / 2.squareRoot()) < share { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The bias that gives clicks their share, on the logits of some rows that are never given out.
  private func balance(rate: Double) -> Float {
    let row = SyntheticRow()
    let logits = (0..<20_000).map { number in
      draw(Int.max - number, row)
      return Double(logit(row))
    }
    var (low, high) = (-30.0, 30.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      let mean = logits.reduce(0) { $0 + 1 / (1 + exp(-$1 - middle)) } / Double(logits.count)
      if mean < rate { low = middle } else { high = middle }
    }
    return Float((low + high) / 2)
  }
}

extension Double {
  fileprivate func clamped(from minimum: Double) -> Double { Swift.max(minimum, self) }
}
