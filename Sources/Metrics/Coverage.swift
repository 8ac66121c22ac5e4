/// Coverage@K: the share of all items that stand among the first `k` of at least one query.
///
/// Ge, Delgado-Battenfeld, Jannach 2010, "Beyond accuracy".
public struct Coverage: Sendable {
  public let k: Int
  public let itemCount: Int
  private var shown: [Bool]

  public init(k: Int, itemCount: Int) {
    self.k = k
    self.itemCount = itemCount
    shown = [Bool](repeating: false, count: max(0, itemCount))
  }

  public var name: String { "coverage@\(k)" }

  /// - Parameter ranked: item ids, the best first; -1 ends the list.
  /// - Throws: `MetricError.item` for an id outside the item space.
  public mutating func add(ranked: some Collection<Int32>) throws(MetricError) {
    for (rank, item) in ranked.prefix(k).enumerated() {
      if item < 0 { break }
      guard Int(item) < itemCount else { throw .item(item, at: rank, itemCount: itemCount) }
      shown[Int(item)] = true
    }
  }

  public mutating func merge(_ other: Coverage) throws(MetricError) {
    guard other.k == k, other.itemCount == itemCount else {
      throw .merge("\(name) of \(itemCount) items", "\(other.name) of \(other.itemCount) items")
    }
    for item in 0..<itemCount where other.shown[item] { shown[item] = true }
  }

  /// 0 when there are no items.
  public var value: Double {
    itemCount > 0 ? Double(shown.count { $0 }) / Double(itemCount) : 0
  }
}
