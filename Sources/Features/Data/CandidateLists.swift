/// One list of items to rank for each evaluated row: `R` lists of `C` items, flat `[R * C]`.
///
/// List `r` belongs to row `r` of the interactions it was made for; its first item is that row's own, the other
/// `C - 1` are what it is ranked against, as they stand in the benchmark or as they were drawn.
public struct CandidateLists: Sendable, Equatable {
  /// `C`.
  public let width: Int
  public let items: [Int32]

  public init(width: Int, items: [Int32]) {
    precondition(width > 0 && items.count % width == 0, "a whole number of lists")
    self.width = width
    self.items = items
  }

  /// `R`.
  public var count: Int { items.count / width }

  /// List `r`, the held-out item first.
  public subscript(row: Int) -> ArraySlice<Int32> { items[row * width..<(row + 1) * width] }

  /// Draws `negatives` different unseen items for each row, by seed.
  ///
  /// - Parameters:
  ///   - rows: the held-out interactions; row `r` gets list `r`.
  ///   - seen: what the users have taken; none of it is drawn, nor the row's own item.
  /// - Throws: `DataError` for a user with fewer unseen items than asked for.
  public static func drawn(
    for rows: Interactions, negatives: Int, seen: SeenItems, seed: UInt64
  ) throws -> CandidateLists {
    guard negatives > 0 else {
      throw DataError(
        .invalidArgument, "candidate lists need at least one negative", received: String(negatives),
        remedy: "ask for 1 or more")
    }
    var items: [Int32] = []
    items.reserveCapacity(rows.count * (negatives + 1))
    for row in 0..<rows.count {
      let user = rows.users[row]
      let target = rows.items[row]
      var random = RandomStream(seed: seed, 0x63616e64, UInt64(row))
      let unseen = seen.itemCount - seen.count(of: user) - (seen.contains(user: user, item: target) ? 0 : 1)
      guard unseen >= negatives else {
        throw DataError(
          .noNegativeLeft, "user row \(user) has \(max(unseen, 0)) unseen items, \(negatives) are needed",
          remedy: "ask for fewer negatives, or leave users out who have seen nearly everything")
      }
      items.append(target)
      let start = items.count
      if unseen > 4 * negatives {
        while items.count < start + negatives {
          let item = Int32(random.next(below: seen.itemCount))
          if item == target || seen.contains(user: user, item: item) || items[start...].contains(item) { continue }
          items.append(item)
        }
      } else {
        var pool = (0..<Int32(seen.itemCount)).filter { $0 != target && !seen.contains(user: user, item: $0) }
        for place in 0..<negatives {
          pool.swapAt(place, place + random.next(below: pool.count - place))
        }
        items += pool[..<negatives]
      }
    }
    return CandidateLists(width: negatives + 1, items: items)
  }
}
