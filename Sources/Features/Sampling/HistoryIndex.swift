/// The items of each user in the order in which they were taken: by time and, at the same second, by the row in the log.
public struct HistoryIndex: Sendable {
  public let userCount: Int
  /// `userCount + 1` numbers.
  public let offsets: [Int]
  public let items: [Int32]

  /// - Throws: `DataError` for a user outside the count.
  public init(_ log: Interactions, userCount: Int) throws {
    var offsets = [Int](repeating: 0, count: userCount + 1)
    for (row, user) in log.users.enumerated() {
      guard user >= 0, user < userCount else {
        throw DataError(
          .outOfRange, "interactions: row \(row) has a user outside 0..<\(userCount)", received: String(user),
          remedy: "give the user count that the ids were made for")
      }
      offsets[Int(user) + 1] += 1
    }
    for user in 0..<userCount { offsets[user + 1] += offsets[user] }
    var fill = offsets
    var rows = [Int](repeating: 0, count: log.count)
    for (row, user) in log.users.enumerated() {
      rows[fill[Int(user)]] = row
      fill[Int(user)] += 1
    }
    if log.hasTimestamps {
      for user in 0..<userCount {
        rows[offsets[user]..<offsets[user + 1]].sort { (log.timestamps[$0], $0) < (log.timestamps[$1], $1) }
      }
    }
    self.userCount = userCount
    self.offsets = offsets
    items = rows.map { log.items[$0] }
  }

  /// The whole history of a user, oldest first; empty for an unknown user.
  public func items(of user: Int32) -> ArraySlice<Int32> {
    guard user >= 0, user < userCount else { return [] }
    return items[offsets[Int(user)]..<offsets[Int(user) + 1]]
  }

  /// The last `maxLength` items of a user, oldest first.
  public func recent(_ user: Int32, maxLength: Int) -> ArraySlice<Int32> { items(of: user).suffix(max(maxLength, 0)) }
}
