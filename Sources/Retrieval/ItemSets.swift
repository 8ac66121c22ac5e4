/// One set of item ids a row, stored end to end: the seen items of each user, or the relevant ones.
///
/// ```swift
/// let seen = ItemSets([[4, 7], [], [0]])
/// seen.offsets   // [0, 2, 2, 3]
/// seen[0]        // [4, 7]
/// ```
public struct ItemSets: Sendable, Equatable {
  /// Where each row starts in `ids`, and at the end where the last one ends: rows + 1 numbers.
  public let offsets: [Int64]
  public let ids: [Int32]

  /// The number of rows.
  public var count: Int { offsets.count - 1 }

  /// Rows that are stored end to end already.
  ///
  /// - Throws: `ItemSetsError` when the offsets do not run from 0 to `ids.count` without falling.
  public init(offsets: [Int64], ids: [Int32]) throws(ItemSetsError) {
    guard let first = offsets.first, let last = offsets.last, first == 0, last == Int64(ids.count) else {
      throw .ends(first: offsets.first, last: offsets.last, ids: ids.count)
    }
    for row in 1..<max(1, offsets.count) where offsets[row] < offsets[row - 1] {
      throw .falling(row: row - 1, from: offsets[row - 1], to: offsets[row])
    }
    self.offsets = offsets
    self.ids = ids
  }

  public init(_ rows: [[Int32]]) {
    var offsets: [Int64] = [0]
    offsets.reserveCapacity(rows.count + 1)
    var total = 0
    for row in rows {
      total += row.count
      offsets.append(Int64(total))
    }
    self.init(unchecked: offsets, ids: Array(rows.joined()))
  }

  private init(unchecked offsets: [Int64], ids: [Int32]) {
    self.offsets = offsets
    self.ids = ids
  }

  /// The ids of one row.
  ///
  /// - Precondition: `row` is in `0..<count`.
  public subscript(row: Int) -> ArraySlice<Int32> { ids[Int(offsets[row])..<Int(offsets[row + 1])] }

  /// The sets of some rows, in the order asked for.
  ///
  /// - Throws: `ItemSetsError.noSuchRow` with the row and the number of rows.
  /// - Complexity: O(ids taken)
  public func rows(_ wanted: [Int]) throws(ItemSetsError) -> ItemSets {
    var taken: [Int32] = []
    var starts: [Int64] = [0]
    starts.reserveCapacity(wanted.count + 1)
    for row in wanted {
      guard row >= 0, row < count else { throw .noSuchRow(row, count: count) }
      taken.append(contentsOf: self[row])
      starts.append(Int64(taken.count))
    }
    return ItemSets(unchecked: starts, ids: taken)
  }
}
