import Features

/// The items that each user liked most, best first, as one CSR list: what recommendations are held against by eye.
///
/// They are the items that the user rated highest, of equal ratings the latest first; without ratings the latest.
public struct LikedItems: Sendable, Equatable {
  /// An item and the user's rating of it, where the data have ratings.
  public struct Entry: Sendable, Equatable {
    public var item: Int32
    public var rating: Float?

    public init(item: Int32, rating: Float? = nil) {
      self.item = item
      self.rating = rating
    }
  }

  /// How many items are kept of a user at most.
  public static let limit = 10

  /// `userCount + 1` positions in `items`.
  public let offsets: [Int]
  public let items: [Int32]
  /// One rating for each of `items`, or none.
  public let ratings: [Float]

  public init(offsets: [Int], items: [Int32], ratings: [Float] = []) {
    precondition(ratings.isEmpty || ratings.count == items.count, "ratings are a column of the same table")
    self.offsets = offsets
    self.items = items
    self.ratings = ratings
  }

  /// Picks each user's items out of a log; an item that a user took more than once counts by its best row.
  ///
  /// - Throws: `DataError` for a user outside `0..<userCount`.
  public init(_ log: Interactions, userCount: Int) throws {
    // Rows of one user in the order of liking. A row that is not among the first ones never comes back, so one pass is enough.
    var best = [[Int]](repeating: [], count: userCount)
    for row in 0..<log.count {
      let user = Int(log.users[row])
      guard best.indices.contains(user) else {
        throw DataError(
          .outOfRange, "liked items: row \(row) has a user outside 0..<\(userCount)", received: "\(user)",
          remedy: "give the user count that the ids were made for")
      }
      if best[user].count == Self.limit, let last = best[user].last, !log.isLiked(row, over: last) { continue }
      if let twin = best[user].firstIndex(where: { log.items[$0] == log.items[row] }) {
        guard log.isLiked(row, over: best[user][twin]) else { continue }
        best[user].remove(at: twin)
      }
      let place = best[user].firstIndex { log.isLiked(row, over: $0) } ?? best[user].endIndex
      best[user].insert(row, at: place)
      if best[user].count > Self.limit { best[user].removeLast() }
    }
    let rows = best.joined()
    self.init(
      offsets: best.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }, items: rows.map { log.items[$0] },
      ratings: log.hasRatings ? rows.map { log.ratings[$0] } : [])
  }

  public var userCount: Int { offsets.count - 1 }

  /// What one user liked, best first.
  public func entries(of user: Int) -> [Entry] {
    (offsets[user]..<offsets[user + 1]).map { Entry(item: items[$0], rating: ratings.isEmpty ? nil : ratings[$0]) }
  }
}

extension Interactions {
  /// Whether row `first` stands for more liking than `second`: rated higher, else later in time, else later in the log.
  fileprivate func isLiked(_ first: Int, over second: Int) -> Bool {
    if hasRatings, ratings[first] != ratings[second] { return ratings[first] > ratings[second] }
    if hasTimestamps, timestamps[first] != timestamps[second] { return timestamps[first] > timestamps[second] }
    return first > second
  }
}
