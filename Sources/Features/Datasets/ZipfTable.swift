import Foundation

/// Draws ids with probabilities that fall as `1 / (id + 1)^skew`.
///
/// The first 2,048 ids each have a place in an alias table (Walker 1977); the others share 2,048 ranges, each somewhat wider
/// than the one before, within which ids are equal: so a table of any size stays in the cache.
struct ZipfTable: Sendable {
  /// Places of the alias table, laid out for one look.
  private struct Place: Sendable {
    /// Of 2^32.
    var threshold: UInt32
    var alias: UInt32
    /// The first id, -1 for a blank, and how many there are from it.
    var first: Int32
    var width: UInt32
  }

  private let places: [Place]
  /// The probability of each `id % 1000`, less blanks.
  let classMass: [Double]

  /// - Parameter blank: the share of blanks.
  init(size: Int, skew: Double, blank: Double) throws {
    let exact = min(size, 2_048)
    var bins: [(first: Int, width: Int, weight: Double)] = []
    for id in 0..<exact { bins.append((id, 1, pow(Double(id + 1), -skew))) }
    var first = exact
    for number in 0..<2_048 where first < size {
      let end =
        number == 2_047 ? size : Int(Double(exact) * pow(Double(size) / Double(exact), Double(number + 1) / 2_048))
      guard end > first else { continue }
      let middle = (Double(first) + Double(end) + 1) / 2
      bins.append((first, end - first, Double(end - first) * pow(middle, -skew)))
      first = end
    }
    var mass = [Double](repeating: 0, count: SyntheticEffects.classes)
    for bin in bins {
      let rounds = bin.width / mass.count
      let each = bin.weight / Double(bin.width)
      for place in mass.indices { mass[place] += each * Double(rounds) }
      for id in bin.first + rounds * mass.count..<bin.first + bin.width { mass[id % mass.count] += each }
    }
    classMass = mass
    let whole = bins.reduce(0) { $0 + $1.weight }
    if blank > 0 { bins.append((-1, 1, whole * blank / (1 - blank))) }
    let table = try AliasTable(weights: bins.map(\.weight))
    places = bins.indices.map { place in
      Place(
        threshold: UInt32(min(4_294_967_295, table.thresholds[place] * 4_294_967_296)),
        alias: UInt32(table.aliases[place]), first: Int32(bins[place].first), width: UInt32(bins[place].width))
    }
  }

  /// An id, -1 for a blank.
  @inline(__always)
  func draw(_ bits: UInt64, spread: () -> UInt64) -> Int32 {
    places.withUnsafeBufferPointer { places in
      let slot = Int(truncatingIfNeeded: ((bits &>> 32) &* UInt64(places.count)) &>> 32)
      let low = UInt32(truncatingIfNeeded: bits)
      let chosen = low < places[slot].threshold ? slot : Int(places[slot].alias)
      let place = places[chosen]
      guard place.width > 1 else { return place.first }
      let offset = spread().multipliedFullWidth(by: UInt64(place.width)).high
      return place.first &+ Int32(truncatingIfNeeded: offset)
    }
  }
}
