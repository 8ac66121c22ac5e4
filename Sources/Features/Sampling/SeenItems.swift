/// What each user has taken: sorted rows and, while they fit, a bit a cell.
///
/// Asking whether a user has taken an item is one bit test; above `SeenItems.bitLimit` cells it is a binary search.
public struct SeenItems: Sendable {
  /// Matrices of more cells than this get no bits: 128 MB of them.
  public static let bitLimit = 1 << 30

  public let userCount: Int
  public let itemCount: Int
  /// `userCount + 1` numbers: the items of user `u` are `items[offsets[u]..<offsets[u + 1]]`.
  public let offsets: [Int]
  /// Sorted within each user, each once.
  public let items: [Int32]
  let bits: [UInt64]
  let wordsPerUser: Int

  /// The items of each user in any of the logs.
  ///
  /// - Throws: `DataError` for an id outside the counts.
  public init(_ logs: [Interactions], userCount: Int, itemCount: Int, bitLimit: Int = SeenItems.bitLimit) throws {
    guard userCount >= 0, itemCount >= 0, userCount < Int(Int32.max), itemCount < Int(Int32.max) else {
      throw DataError(
        .invalidArgument, "user and item counts are in 0..<\(Int32.max)", received: "\(userCount), \(itemCount)",
        remedy: "give the sizes of the vocabularies")
    }
    for log in logs { try log.check(userCount: userCount, itemCount: itemCount) }
    self.userCount = userCount
    self.itemCount = itemCount
    var starts = [Int](repeating: 0, count: userCount + 1)
    for log in logs { for user in log.users { starts[Int(user) + 1] += 1 } }
    for user in 0..<userCount { starts[user + 1] += starts[user] }
    var fill = starts
    var all = [Int32](repeating: 0, count: starts[userCount])
    for log in logs {
      for (user, item) in zip(log.users, log.items) {
        all[fill[Int(user)]] = item
        fill[Int(user)] += 1
      }
    }
    var offsets = [0]
    offsets.reserveCapacity(userCount + 1)
    var kept = 0
    for user in 0..<userCount {
      let range = starts[user]..<starts[user + 1]
      if !SeenItems.isRising(all[range]) { all[range].sort() }
      var last: Int32 = -1
      for place in range where all[place] != last {
        last = all[place]
        all[kept] = last
        kept += 1
      }
      offsets.append(kept)
    }
    all.removeLast(all.count - kept)
    self.offsets = offsets
    items = all
    let words = (itemCount + 63) / 64
    let (cells, overflow) = (words * 64).multipliedReportingOverflow(by: userCount)
    guard !overflow, cells <= bitLimit, cells > 0 else {
      bits = []
      wordsPerUser = 0
      return
    }
    wordsPerUser = words
    var bits = [UInt64](repeating: 0, count: words * userCount)
    for user in 0..<userCount {
      for place in offsets[user]..<offsets[user + 1] {
        bits[user * words + Int(all[place] >> 6)] |= 1 << UInt64(all[place] & 63)
      }
    }
    self.bits = bits
  }

  public init(_ log: Interactions, userCount: Int, itemCount: Int) throws {
    try self.init([log], userCount: userCount, itemCount: itemCount)
  }

  private static func isRising(_ items: ArraySlice<Int32>) -> Bool {
    var last: Int32 = -1
    for item in items {
      if item < last { return false }
      last = item
    }
    return true
  }

  /// Whether the user has taken the item; false for ids outside the counts.
  @inline(__always)
  public func contains(user: Int32, item: Int32) -> Bool {
    guard user >= 0, item >= 0, user < userCount, item < itemCount else { return false }
    if wordsPerUser > 0 {
      return bits[Int(user) &* wordsPerUser &+ Int(item >> 6)] >> UInt64(item & 63) & 1 == 1
    }
    return isInRow(user, item)
  }

  @inline(never)
  private func isInRow(_ user: Int32, _ item: Int32) -> Bool {
    var low = offsets[Int(user)]
    var high = offsets[Int(user) + 1]
    while low < high {
      let middle = (low + high) / 2
      if items[middle] < item { low = middle + 1 } else { high = middle }
    }
    return low < offsets[Int(user) + 1] && items[low] == item
  }

  /// The items of a user, sorted; none for an unknown user.
  public func items(of user: Int32) -> ArraySlice<Int32> {
    guard user >= 0, user < userCount else { return [] }
    return items[offsets[Int(user)]..<offsets[Int(user) + 1]]
  }

  /// How many items a user has taken.
  public func count(of user: Int32) -> Int {
    guard user >= 0, user < userCount else { return 0 }
    return offsets[Int(user) + 1] - offsets[Int(user)]
  }

  /// Whether a user has taken everything, so that no negative is left.
  public func isFull(_ user: Int32) -> Bool { count(of: user) >= itemCount }

  /// Unseen item number `place` of a user, in rising order.
  ///
  /// - Precondition: `place` is in `0..<(itemCount - count(of: user))`.
  func unseen(_ place: Int, of user: Int32) -> Int32 {
    // In a sorted row, entry k has `row[k] - k` unseen items before it.
    let base = offsets[Int(user)]
    var low = 0
    var high = count(of: user)
    while low < high {
      let middle = (low + high) / 2
      if Int(items[base + middle]) - middle <= place { low = middle + 1 } else { high = middle }
    }
    return Int32(place + low)
  }
}
