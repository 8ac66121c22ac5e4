/// What a loader needs to make any epoch: the log, the seed and the kind of batch. It never changes, so that any thread may
/// use it.
final class LoaderPlan: Sendable {
  /// A row in eight bytes: the user in the upper half, and in the lower the item with its label as the last bit
  /// (`pointwise`), the item (`pairwise`, `positivesOnly`), or a place in the log or in the histories.
  typealias Row = UInt64

  let kind: BatchKind
  let log: Interactions
  let sampler: (any NegativeSampler)?
  let histories: HistoryIndex?
  let seed: UInt64
  /// The rows of the log (of the histories for `sequence`) that give examples; `nil` for all.
  let positives: [Int]?
  let positiveCount: Int
  let rowsPerPositive: Int
  /// Interactions left out, since their user has taken every item and no negative is left.
  let skippedPositives: Int

  var rowCount: Int { positiveCount * rowsPerPositive }

  /// - Throws: `DataError` for an empty log, ids outside the counts, missing ratings or a missing sampler.
  init(
    train: Interactions, itemCount: Int, userCount: Int, kind: BatchKind, sampler: (any NegativeSampler)?, seed: UInt64
  ) throws {
    guard !train.isEmpty else {
      throw DataError(.empty, "no training interactions", remedy: "give a dataset or a split with some")
    }
    try train.check(userCount: userCount, itemCount: itemCount, name: "training interactions")
    self.kind = kind
    log = train
    self.seed = seed
    var positives: [Int]?
    var histories: HistoryIndex?
    switch kind {
    case .pointwise(let negatives), .pairwise(let negatives):
      let least = kind == .pointwise(negatives: negatives) ? 0 : 1
      guard (least...255).contains(negatives) else {
        throw DataError(
          .invalidArgument, "the number of negatives is in \(least)...255", received: String(negatives),
          remedy: "use 1 to 10")
      }
      if negatives > 0 {
        guard let sampler else {
          throw DataError(
            .invalidArgument, "batches with negatives need a sampler", received: "none",
            remedy: "give a UniformNegativeSampler or a PopularityNegativeSampler")
        }
        guard sampler.seen.userCount == userCount, sampler.seen.itemCount == itemCount else {
          throw DataError(
            .invalidArgument, "the sampler knows \(sampler.seen.userCount) users and \(sampler.seen.itemCount) items",
            received: "\(userCount) users, \(itemCount) items", remedy: "make the sampler for the same vocabularies")
        }
        let seen = sampler.seen
        if (0..<Int32(userCount)).contains(where: { seen.isFull($0) }) {
          positives = train.users.indices.filter { !seen.isFull(train.users[$0]) }
        }
      }
    case .sequence(let maxLength):
      guard (1...4096).contains(maxLength) else {
        throw DataError(
          .invalidArgument, "the history length is in 1...4096", received: String(maxLength), remedy: "use 50, say")
      }
      let index = try HistoryIndex(train, userCount: userCount)
      var places: [Int] = []
      places.reserveCapacity(train.count)
      for user in 0..<userCount where index.offsets[user + 1] - index.offsets[user] > 1 {
        places += (index.offsets[user] + 1)..<index.offsets[user + 1]
      }
      histories = index
      positives = places
    case .rating:
      guard train.hasRatings else {
        throw DataError(
          .invalidArgument, "the training interactions have no ratings", received: "rating",
          remedy: "use pointwise, pairwise or positivesOnly batches")
      }
    case .positivesOnly: break
    }
    self.sampler = sampler
    self.histories = histories
    self.positives = positives
    positiveCount = positives?.count ?? train.count
    skippedPositives = train.count - positiveCount
    if case .pointwise(let negatives) = kind { rowsPerPositive = negatives + 1 } else { rowsPerPositive = 1 }
    guard positiveCount > 0 else {
      throw DataError(
        .empty,
        histories == nil
          ? "every user has taken every item, no negative is left"
          : "no user has two interactions, so none has a next one",
        remedy: "give more data")
    }
    guard train.count < Int(UInt32.max), rowCount < 1 << 40 else {
      throw DataError(
        .invalidArgument, "more rows than a loader takes", received: String(rowCount), remedy: "use fewer negatives")
    }
  }

  /// Writes the unshuffled rows of positives `range`, `rowsPerPositive` each.
  func write(_ range: Range<Int>, to target: UnsafeMutablePointer<Row>, random: inout RandomStream) {
    switch kind {
    case .pointwise(let negatives): writePointwise(range, negatives, target, &random)
    case .pairwise, .positivesOnly:
      log.users.withUnsafeBufferPointer { users in
        log.items.withUnsafeBufferPointer { items in
          for (place, positive) in range.enumerated() {
            let row = positives?[positive] ?? positive
            target[place] = UInt64(UInt32(bitPattern: users[row])) << 32 | UInt64(UInt32(bitPattern: items[row]))
          }
        }
      }
    case .rating:
      for (place, positive) in range.enumerated() { target[place] = UInt64(positive) }
    case .sequence:
      guard let positives, let histories else { return }
      var user = LoaderPlan.owner(of: positives[range.lowerBound], in: histories.offsets)
      for (place, positive) in range.enumerated() {
        let row = positives[positive]
        while histories.offsets[user + 1] <= row { user += 1 }
        target[place] = UInt64(user) << 32 | UInt64(row)
      }
    }
  }

  /// The last user whose history starts at or before a place.
  private static func owner(of place: Int, in offsets: [Int]) -> Int {
    var low = 0
    var high = offsets.count - 1
    while low + 1 < high {
      let middle = (low + high) / 2
      if offsets[middle] <= place { low = middle } else { high = middle }
    }
    return low
  }

  private func writePointwise(
    _ range: Range<Int>, _ negatives: Int, _ target: UnsafeMutablePointer<Row>, _ random: inout RandomStream
  ) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(negatives, 1)) { space in
      let drawn = UnsafeMutableBufferPointer(rebasing: space[..<negatives])
      drawn.initialize(repeating: 0)
      log.users.withUnsafeBufferPointer { users in
        log.items.withUnsafeBufferPointer { items in
          var next = target
          for positive in range {
            let row = positives?[positive] ?? positive
            let user = UInt64(UInt32(bitPattern: users[row])) << 32
            next[0] = user | UInt64(UInt32(bitPattern: items[row])) << 1 | 1
            if negatives > 0, let sampler {
              // Users who have taken everything are not among the positives.
              _ = sampler.draw(user: users[row], into: drawn, random: &random)
              for place in 0..<negatives {
                next[place &+ 1] = user | UInt64(UInt32(bitPattern: drawn[place])) << 1
              }
            }
            next += negatives &+ 1
          }
        }
      }
    }
  }
}
