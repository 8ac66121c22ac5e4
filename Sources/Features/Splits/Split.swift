/// Interactions divided into training, validation and test; each keeps the order of the log.
public struct Split: Sendable, Equatable {
  public var train: Interactions
  public var validation: Interactions
  public var test: Interactions
  /// The lists of the benchmark for the rows of `test`, where it gives some.
  public var candidates: CandidateLists?

  public init(
    train: Interactions, validation: Interactions = Interactions(), test: Interactions,
    candidates: CandidateLists? = nil
  ) {
    self.train = train
    self.validation = validation
    self.test = test
    self.candidates = candidates
  }

  /// Divides a dataset.
  ///
  /// - Throws: `DataError` for a fraction outside `0..<1`, a temporal split without timestamps, a given split that the
  ///   dataset lacks, and a part that would be empty.
  public static func make(
    _ dataset: Dataset, method: SplitMethod, validation: ValidationMethod = .none
  ) throws -> Split {
    var split: Split
    if case .given = method {
      guard let given = dataset.given else {
        throw DataError(
          .invalidArgument, "dataset \(dataset.name) comes without a split", received: "given",
          remedy: "split it by leave-one-out, temporal, random or stratified")
      }
      split = Split(train: given.train, test: given.test, candidates: given.candidates)
    } else {
      split = try make(
        dataset.interactions, method: method, userCount: dataset.userCount, itemCount: dataset.itemCount,
        name: dataset.name)
    }
    try split.hold(validation, userCount: dataset.userCount, name: dataset.name)
    return split
  }

  /// Divides a log into training and test.
  static func make(
    _ log: Interactions, method: SplitMethod, userCount: Int, itemCount: Int, name: String
  ) throws -> Split {
    let isTest: [Bool]
    switch method {
    case .leaveOneOut:
      isTest = lastOfEachUser(log, userCount: userCount)
    case .temporal(let fraction):
      guard log.hasTimestamps else {
        throw DataError(
          .invalidArgument, "dataset \(name) has no timestamps", received: "temporal",
          remedy: "split it by leave-one-out, random, stratified or given")
      }
      let count = try heldCount(fraction, of: log.count, "test", name: name)
      let order = log.timestamps.indices.sorted {
        (log.timestamps[$0], $0) < (log.timestamps[$1], $1)
      }
      isTest = marking(order.suffix(count), of: log.count)
    case .random(let fraction, let seed):
      let count = try heldCount(fraction, of: log.count, "test", name: name)
      isTest = marking(drawn(count, of: log.count, RandomStream(seed: seed, 0x73706c69)), of: log.count)
    case .stratified(let fraction, let side, let seed):
      try check(fraction, "test")
      let order = drawn(log.count, of: log.count, RandomStream(seed: seed, 0x73706c69))
      let (owners, counts) =
        switch side {
        case .user: (log.users, log.userCounts(userCount: userCount))
        case .item: (log.items, log.itemCounts(itemCount: itemCount))
        }
      var left = counts.map { $0 - Int(((1 - fraction) * Double($0)).rounded(.toNearestOrEven)) }
      var marks = [Bool](repeating: false, count: log.count)
      for row in order where left[Int(owners[row])] > 0 {
        left[Int(owners[row])] -= 1
        marks[row] = true
      }
      isTest = marks
    case .given:
      throw DataError(
        .invalidArgument, "a log alone has no given split", received: "given", remedy: "give the dataset")
    }
    let rows = log.users.indices
    let split = Split(
      train: log.selecting(rows.filter { !isTest[$0] }), test: log.selecting(rows.filter { isTest[$0] }))
    guard !split.test.isEmpty else { throw empty("test", name) }
    guard !split.train.isEmpty else { throw empty("training", name) }
    return split
  }

  private static func marking(_ rows: ArraySlice<Int>, of count: Int) -> [Bool] {
    var marks = [Bool](repeating: false, count: count)
    for row in rows { marks[row] = true }
    return marks
  }

  private static func empty(_ part: String, _ name: String) -> DataError {
    DataError(
      .empty, "the \(part) part of the split of \(name) is empty",
      remedy: "give more interactions, or another split or fraction")
  }

  private static func check(_ fraction: Double, _ part: String) throws {
    guard fraction > 0, fraction < 1 else {
      throw DataError(
        .invalidArgument, "the \(part) fraction is above 0 and below 1", received: "\(fraction)",
        remedy: "use 0.2, say")
    }
  }

  private static func heldCount(_ fraction: Double, of count: Int, _ part: String, name: String) throws -> Int {
    try check(fraction, part)
    let held = Int((fraction * Double(count)).rounded())
    guard held > 0 else { throw empty(part, name) }
    guard held < count else { throw empty("training", name) }
    return held
  }

  /// `count` different rows of `rows`, in random order.
  private static func drawn(_ count: Int, of rows: Int, _ stream: RandomStream) -> ArraySlice<Int> {
    var random = stream
    var order = Array(0..<rows)
    for place in 0..<count { order.swapAt(place, place + random.next(below: rows - place)) }
    return order.prefix(count)
  }

  private static func lastOfEachUser(_ log: Interactions, userCount: Int) -> [Bool] {
    var last = [Int](repeating: -1, count: userCount)
    var counts = [Int](repeating: 0, count: userCount)
    for row in 0..<log.count {
      let user = Int(log.users[row])
      counts[user] += 1
      if last[user] < 0 || !log.hasTimestamps || log.timestamps[row] >= log.timestamps[last[user]] { last[user] = row }
    }
    var marks = [Bool](repeating: false, count: log.count)
    for user in 0..<userCount where counts[user] > 1 { marks[last[user]] = true }
    return marks
  }

  /// Moves the validation interactions out of the training part.
  private mutating func hold(_ method: ValidationMethod, userCount: Int, name: String) throws {
    switch method {
    case .none: break
    case .onePerUser(let seed): try holdOnePerUser(seed, userCount: userCount, name: name)
    case .random(let fraction, let seed):
      let count = try Split.heldCount(fraction, of: train.count, "validation", name: name)
      let isHeld = Split.marking(
        Split.drawn(count, of: train.count, RandomStream(seed: seed, 0x76616c69)), of: train.count)
      validation = train.selecting(train.users.indices.filter { isHeld[$0] })
      train = train.selecting(train.users.indices.filter { !isHeld[$0] })
    }
  }

  private mutating func holdOnePerUser(_ seed: UInt64, userCount: Int, name: String) throws {
    let counts = train.userCounts(userCount: userCount)
    // The choice of a user depends on the seed, the user and how many interactions the user has, on nothing else.
    var chosen = [Int](repeating: -1, count: userCount)
    for user in 0..<userCount where counts[user] > 1 {
      var random = RandomStream(seed: seed, 0x76616c69, UInt64(user))
      chosen[user] = random.next(below: counts[user])
    }
    var place = [Int](repeating: 0, count: userCount)
    var held: [Int] = []
    var kept: [Int] = []
    kept.reserveCapacity(train.count)
    for row in 0..<train.count {
      let user = Int(train.users[row])
      if place[user] == chosen[user] { held.append(row) } else { kept.append(row) }
      place[user] += 1
    }
    guard !held.isEmpty else { throw Split.empty("validation", name) }
    validation = train.selecting(held)
    train = train.selecting(kept)
  }
}
