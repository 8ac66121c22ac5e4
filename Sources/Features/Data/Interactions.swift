/// A log of `n` interactions as columns: row `r` says that `users[r]` took `items[r]`.
///
/// Ids are rows of the vocabularies, from 0. `ratings` and `timestamps` have `n` entries or none.
public struct Interactions: Sendable, Equatable {
  public var users: [Int32]
  public var items: [Int32]
  public var ratings: [Float]
  /// Seconds since 1970.
  public var timestamps: [Int64]

  public init(users: [Int32] = [], items: [Int32] = [], ratings: [Float] = [], timestamps: [Int64] = []) {
    precondition(users.count == items.count, "users and items are columns of one table")
    precondition(ratings.isEmpty || ratings.count == users.count, "ratings are a column of the same table")
    precondition(timestamps.isEmpty || timestamps.count == users.count, "timestamps are a column of the same table")
    self.users = users
    self.items = items
    self.ratings = ratings
    self.timestamps = timestamps
  }

  public var count: Int { users.count }
  public var isEmpty: Bool { users.isEmpty }
  public var hasRatings: Bool { !ratings.isEmpty }
  public var hasTimestamps: Bool { !timestamps.isEmpty }

  /// The rows at the given indices, in that order.
  public func selecting(_ rows: [Int]) -> Interactions {
    Interactions(
      users: rows.map { users[$0] }, items: rows.map { items[$0] },
      ratings: hasRatings ? rows.map { ratings[$0] } : [],
      timestamps: hasTimestamps ? rows.map { timestamps[$0] } : [])
  }

  /// How often each item was taken: `itemCount` numbers.
  ///
  /// Items outside `0..<itemCount` are not counted.
  public func itemCounts(itemCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: itemCount)
    for item in items where item >= 0 && Int(item) < itemCount { counts[Int(item)] += 1 }
    return counts
  }

  /// How many interactions each user has: `userCount` numbers.
  public func userCounts(userCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: userCount)
    for user in users where user >= 0 && Int(user) < userCount { counts[Int(user)] += 1 }
    return counts
  }

  /// Checks that every id is inside its vocabulary.
  ///
  /// - Throws: `DataError` with the row and the id.
  public func check(userCount: Int, itemCount: Int, name: String = "interactions") throws {
    func look(_ ids: [Int32], _ kind: String, _ count: Int) throws {
      for (row, id) in ids.enumerated() where id < 0 || Int(id) >= count {
        throw DataError(
          .outOfRange, "\(name): row \(row) has a \(kind) outside 0..<\(count)", received: String(id),
          remedy: "give the \(kind) count that the ids were made for")
      }
    }
    try look(users, "user", userCount)
    try look(items, "item", itemCount)
  }
}
