/// Some of `count` items, a bit an item: those of a category, for one.
///
/// ```swift
/// let comedies = ItemFilter(count: 1_000_000, [4, 7, 11])
/// try index.search(user, k: 10, among: [comedies])
/// ```
public struct ItemFilter: Sendable, Equatable {
  /// The number of items that there are, filtered or not.
  public let count: Int
  /// 64 items a word, the lowest bit first.
  let words: [UInt64]

  /// - Parameter ids: ids outside `0..<count` are no items and are left out.
  /// - Complexity: O(count / 64 + ids)
  public init(count: Int, _ ids: some Sequence<Int32>) {
    self.count = max(0, count)
    var words = [UInt64](repeating: 0, count: (self.count + 63) / 64)
    for id in ids where id >= 0 && Int(id) < self.count { words[Int(id) / 64] |= 1 << UInt64(id % 64) }
    self.words = words
  }

  public func contains(_ id: Int) -> Bool {
    id >= 0 && id < count && words[id / 64] & (1 << UInt64(id % 64)) != 0
  }

  /// How many items pass.
  public var passing: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
}
