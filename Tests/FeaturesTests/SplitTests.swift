import Features
import Testing

@Suite struct SplitTests {
  func dataset(_ log: Interactions, users: Int, items: Int) -> Dataset {
    Dataset(name: "toy", users: Vocabulary(identity: users), items: Vocabulary(identity: items), interactions: log)
  }

  /// A log of random interactions; many share their second.
  func randomLog(users: Int = 60, items: Int = 80, rows: Int = 2_000, seed: UInt64 = 1) -> Interactions {
    var random = RandomStream(seed: seed, 9)
    return Interactions(
      users: (0..<rows).map { _ in Int32(random.next(below: users)) },
      items: (0..<rows).map { _ in Int32(random.next(below: items)) },
      ratings: (0..<rows).map { Float($0) }, timestamps: (0..<rows).map { _ in Int64(random.next(below: 50)) })
  }

  /// The rows of all parts are the rows of the log: ratings are row numbers here.
  func isPartition(_ split: Split, of log: Interactions) -> Bool {
    (split.train.ratings + split.validation.ratings + split.test.ratings).sorted() == log.ratings
  }

  @Test func leaveOneOutTakesTheLastByTimeThenRow() throws {
    // User 0: two at second 9, the later row wins; user 1: the latest stands first; user 2 has one alone.
    let log = Interactions(
      users: [0, 0, 1, 0, 1, 2], items: [1, 2, 3, 4, 5, 6], ratings: [0, 1, 2, 3, 4, 5], timestamps: [9, 3, 8, 9, 7, 1])
    let split = try Split.make(dataset(log, users: 3, items: 7), method: .leaveOneOut)
    #expect(split.test.items == [3, 4])
    #expect(split.train.items == [1, 2, 5, 6])
    #expect(isPartition(split, of: log))
  }

  @Test func leaveOneOutWithoutTimestampsTakesTheLastRow() throws {
    let log = Interactions(users: [0, 1, 0, 1], items: [1, 2, 3, 4])
    let split = try Split.make(dataset(log, users: 2, items: 5), method: .leaveOneOut)
    #expect(split.test.items == [3, 4])
  }

  @Test func leaveOneOutProperties() throws {
    let log = randomLog()
    let split = try Split.make(
      dataset(log, users: 60, items: 80), method: .leaveOneOut, validation: .onePerUser(seed: 5))
    #expect(isPartition(split, of: log))
    #expect(Set(split.test.users).count == split.test.count)
    for (user, time) in zip(split.test.users, split.test.timestamps) {
      let own = zip(log.users, log.timestamps).filter { $0.0 == user }.map(\.1)
      #expect(time == own.max())
    }
    #expect(Set(split.validation.users).count == split.validation.count)
    #expect(split.validation.count == 60)
  }

  @Test func temporalIsByTimeForAllAtOnce() throws {
    let log = randomLog()
    let split = try Split.make(dataset(log, users: 60, items: 80), method: .temporal(fraction: 0.2))
    #expect(isPartition(split, of: log))
    #expect(split.test.count == 400)
    let latest = try #require(split.train.timestamps.max())
    let earliest = try #require(split.test.timestamps.min())
    #expect(latest <= earliest)
    // At the second where the cut falls, the earlier rows are training.
    let training = zip(split.train.timestamps, split.train.ratings).filter { $0.0 == earliest }.map(\.1)
    let test = zip(split.test.timestamps, split.test.ratings).filter { $0.0 == earliest }.map(\.1)
    if let last = training.max(), let first = test.min() { #expect(last < first) }
  }

  @Test func randomFollowsItsSeed() throws {
    let log = randomLog()
    let data = dataset(log, users: 60, items: 80)
    let split = try Split.make(data, method: .random(fraction: 0.25, seed: 1))
    #expect(isPartition(split, of: log))
    #expect(split.test.count == 500)
    #expect(try Split.make(data, method: .random(fraction: 0.25, seed: 1)) == split)
    #expect(try Split.make(data, method: .random(fraction: 0.25, seed: 2)) != split)
    // Parts keep the order of the log.
    #expect(split.train.ratings == split.train.ratings.sorted())
  }

  @Test func stratifiedTakesTheSameShareOfEach() throws {
    // Item i has i + 1 interactions, each by another user.
    let rows = (0..<6).flatMap { item in (0...item).map { (Int32($0), Int32(item)) } }
    let log = Interactions(users: rows.map(\.0), items: rows.map(\.1), ratings: rows.indices.map(Float.init))
    let data = dataset(log, users: 6, items: 6)
    let split = try Split.make(data, method: .stratified(fraction: 0.25, by: .item, seed: 1))
    #expect(isPartition(split, of: log))
    #expect(split.test.itemCounts(itemCount: 6) == [0, 0, 1, 1, 1, 2])
    #expect(split.train.ratings == split.train.ratings.sorted())
    // User u has 6 - u interactions.
    let byUser = try Split.make(data, method: .stratified(fraction: 0.25, by: .user, seed: 1))
    #expect(byUser.test.userCounts(userCount: 6) == [2, 1, 1, 1, 0, 0])
    #expect(try Split.make(data, method: .stratified(fraction: 0.25, by: .item, seed: 1)) == split)
    let others = try (2..<12).map { try Split.make(data, method: .stratified(fraction: 0.25, by: .item, seed: $0)) }
    #expect(Set(others.map(\.test.ratings)).count > 5)
  }

  @Test func validationTakesAFractionOfTheTraining() throws {
    let log = randomLog()
    let data = dataset(log, users: 60, items: 80)
    let split = try Split.make(
      data, method: .random(fraction: 0.25, seed: 1), validation: .random(fraction: 0.1, seed: 1))
    #expect(isPartition(split, of: log))
    #expect(split.test == (try Split.make(data, method: .random(fraction: 0.25, seed: 1)).test))
    #expect(split.validation.count == 150 && split.train.count == 1350)
    let other = try Split.make(
      data, method: .random(fraction: 0.25, seed: 1), validation: .random(fraction: 0.1, seed: 2))
    #expect(other.validation != split.validation && other.test == split.test)
    for fraction in [0, 1, 1e-9, .nan] {
      #expect(throws: DataError.self) {
        try Split.make(data, method: .leaveOneOut, validation: .random(fraction: fraction, seed: 1))
      }
    }
  }

  @Test func validationFollowsItsSeedAndLeavesOneAtLeast() throws {
    let log = Interactions(users: [0, 0, 0, 1, 1, 2], items: [0, 1, 2, 3, 4, 5])
    let data = dataset(log, users: 3, items: 6)
    let splits = try (0..<40).map {
      try Split.make(data, method: .leaveOneOut, validation: .onePerUser(seed: $0))
    }
    for split in splits {
      #expect(split.test.items == [2, 4])
      // User 1 has one training item left and user 2 one in all: both keep it.
      #expect(split.validation.users == [0])
    }
    #expect(Set(splits.map { $0.validation.items[0] }) == [0, 1])
  }

  @Test func givenSplitKeepsItsLists() throws {
    var data = dataset(Interactions(users: [0, 0, 1], items: [0, 1, 2]), users: 2, items: 3)
    #expect(throws: DataError.self) { try Split.make(data, method: .given) }
    let lists = CandidateLists(width: 2, items: [1, 2])
    data.given = GivenSplit(
      train: Interactions(users: [0, 1], items: [0, 2]), test: Interactions(users: [0], items: [1]), candidates: lists)
    let split = try Split.make(data, method: .given)
    #expect(split.candidates == lists)
    #expect(split.train.count == 2)
  }

  @Test func emptyPartsAndBadFractionsAreRefused() {
    let one = dataset(Interactions(users: [0, 1], items: [0, 1], timestamps: [1, 2]), users: 2, items: 2)
    for method in [
      SplitMethod.leaveOneOut, .temporal(fraction: 0.1), .temporal(fraction: 0.9), .random(fraction: 0.1, seed: 1),
      .random(fraction: 0, seed: 1), .random(fraction: 1, seed: 1), .temporal(fraction: -.infinity),
      .random(fraction: .nan, seed: 1), .stratified(fraction: 0.5, by: .item, seed: 1),
      .stratified(fraction: 1, by: .user, seed: 1), .stratified(fraction: .nan, by: .user, seed: 1),
    ] {
      #expect(throws: DataError.self, "\(method)") { try Split.make(one, method: method) }
    }
    let timeless = dataset(Interactions(users: [0, 1], items: [0, 1]), users: 2, items: 2)
    #expect(throws: DataError.self) { try Split.make(timeless, method: .temporal(fraction: 0.5)) }
    #expect(throws: DataError.self) {
      try Split.make(one, method: .random(fraction: 0.5, seed: 1), validation: .onePerUser(seed: 1))
    }
  }
}
