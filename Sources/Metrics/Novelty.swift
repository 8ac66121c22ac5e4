import Foundation

/// Novelty@K: the mean self-information `-log2 p(item)` in bits of the items among the first `k`, over all places filled.
///
/// `p` is an item's share of the training interactions, each count raised by one so that an item nobody has seen is finite:
/// `(count + 1) / (total + items)`. Recommending at random from `N` equally popular items gives `log2(N)`.
///
/// Zhou et al. 2010, "Solving the apparent diversity-accuracy dilemma of recommender systems".
public struct Novelty: Sendable {
  public let k: Int
  private let information: [Double]
  private var sum = 0.0
  private var places = 0

  /// - Parameter popularity: how often each item occurs in the training data.
  public init(k: Int, popularity: [Int]) {
    self.k = k
    let total = popularity.reduce(0.0) { $0 + Double($1) } + Double(popularity.count)
    information = popularity.map { log2(total / (Double($0) + 1)) }
  }

  public var name: String { "novelty@\(k)" }

  /// - Parameter ranked: item ids, the best first; -1 ends the list.
  /// - Throws: `MetricError.item` for an id outside the item space.
  public mutating func add(ranked: some Collection<Int32>) throws(MetricError) {
    for (rank, item) in ranked.prefix(k).enumerated() {
      if item < 0 { break }
      guard Int(item) < information.count else { throw .item(item, at: rank, itemCount: information.count) }
      sum += information[Int(item)]
      places += 1
    }
  }

  public mutating func merge(_ other: Novelty) throws(MetricError) {
    guard other.k == k, other.information == information else {
      throw .merge("\(name) of \(information.count) items", "\(other.name) of other popularities")
    }
    sum += other.sum
    places += other.places
  }

  /// 0 before anything was ranked.
  public var value: Double { places > 0 ? sum / Double(places) : 0 }
}
