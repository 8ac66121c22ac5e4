import Foundation

/// One made-up row.
final class SyntheticRow {
  /// The places of the counts in their quantiles.
  let counts: UnsafeMutablePointer<Int32>
  /// Ids, -1 for a blank.
  let ids: UnsafeMutablePointer<Int32>
  var probability: Float = 0
  var label: Float = 0
  /// The second goal, where there is one.
  var purchase: Float = 0
  var purchaseProbability: Float = 0
  /// What is left of the row's random numbers.
  var click = 0.0
  var purchaseDraw = 0.0

  init() {
    counts = .allocate(capacity: SyntheticEffects.counts)
    ids = .allocate(capacity: SyntheticEffects.categories)
    counts.initialize(repeating: 0, count: SyntheticEffects.counts)
    ids.initialize(repeating: 0, count: SyntheticEffects.categories)
  }

  deinit {
    counts.deallocate()
    ids.deallocate()
  }
}

extension SyntheticEffects {
  /// Makes row `number`.
  @inline(__always)
  func fill(_ row: SyntheticRow, _ number: Int) {
    draw(number, row)
    let logit = logit(row) + bias
    row.probability = 1 / (1 + expf(-logit))
    row.label = row.click < Double(row.probability) ? 1 : 0
    if goals == 2 {
      row.purchaseProbability = 1 / (1 + expf(-purchaseLogit(row) - bias))
      row.purchase = row.purchaseDraw < Double(row.purchaseProbability) ? 1 : 0
    }
  }

  /// What a purchase hangs on: .6 of the first-order sum, and .8 of the same with every second field's sign turned.
  private func purchaseLogit(_ row: SyntheticRow) -> Float {
    let width = SyntheticEffects.classes + 1
    var sum: Float = 0
    for column in 0..<SyntheticEffects.categories {
      let effect = first[column &* width &+ SyntheticEffects.place(row.ids[column])]
      sum += column % 2 == 0 ? 1.4 * effect : -0.2 * effect
    }
    return signal * sum
  }

  /// Draws the fields of row `number`.
  @inline(__always)
  func draw(_ number: Int, _ row: SyntheticRow) {
    // SplitMix64 from a place of the row's own.
    var state = RandomStream.mix(key ^ RandomStream.mix(UInt64(bitPattern: Int64(number)) &+ 0x9e37_79b9_7f4a_7c15))
    @inline(__always) func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      return RandomStream.mix(state)
    }
    var bits: UInt64 = 0
    for column in 0..<SyntheticEffects.counts {
      bits = column % 5 == 0 ? next() : bits &>> 12
      row.counts[column] = Int32(truncatingIfNeeded: bits & UInt64(SyntheticEffects.quantiles - 1))
    }
    ids.withUnsafeBufferPointer { tables in
      for column in 0..<SyntheticEffects.categories {
        row.ids[column] = tables[column].draw(next(), spread: next)
      }
    }
    row.click = Double(next() >> 11) * 0x1p-53
    if goals == 2 { row.purchaseDraw = Double(next() >> 11) * 0x1p-53 }
  }

  /// The row's logit less the bias.
  @inline(__always)
  func logit(_ row: SyntheticRow) -> Float {
    let width = SyntheticEffects.classes + 1
    var sum: Float = 0
    countEffects.withUnsafeBufferPointer { effects in
      for column in 0..<SyntheticEffects.counts {
        sum += effects[column &* SyntheticEffects.quantiles &+ Int(row.counts[column])]
      }
    }
    first.withUnsafeBufferPointer { effects in
      for column in 0..<SyntheticEffects.categories {
        sum += effects[column &* width &+ SyntheticEffects.place(row.ids[column])]
      }
    }
    switch preset {
    case .firstOrder: return signal * sum
    case .pairwise: return signal * (0.8 * sum + 0.6 * products(row))
    case .nested:
      // The part of a sine that no straight line has: E[h sin(w h)] = w exp(-w^2 / 2) for a normal h, w = 1.5.
      let wave = sinf(1.5 * sum) - 0.48698 * sum
      // A little less, since no row is far out: so the ceiling is that of the others.
      return 0.94 * signal * (0.8 * sum + 0.6 / 0.5067 * wave)
    }
  }

  /// The sum of inner products over pairs of fields, as half of the square of the sum less the sum of the squares.
  @inline(__always)
  private func products(_ row: SyntheticRow) -> Float {
    let width = (SyntheticEffects.classes + 1) * SyntheticEffects.latent
    var (one, two, squares): (Float, Float, Float) = (0, 0, 0)
    pair.withUnsafeBufferPointer { effects in
      paired.withUnsafeBufferPointer { paired in
        for number in paired.indices {
          let place = number &* width &+ SyntheticEffects.place(row.ids[paired[number]]) &* SyntheticEffects.latent
          one += effects[place]
          two += effects[place &+ 1]
          squares += effects[place] * effects[place] + effects[place &+ 1] * effects[place &+ 1]
        }
      }
    }
    return 0.5 * (one * one + two * two - squares)
  }

  /// The class of an id, the last one for a blank.
  @inline(__always)
  private static func place(_ id: Int32) -> Int {
    id < 0 ? classes : Int(UInt32(bitPattern: id) % UInt32(classes))
  }
}
