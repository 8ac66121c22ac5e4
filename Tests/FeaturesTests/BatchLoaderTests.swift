import Features
import Foundation
import Testing
import Torch

@Suite struct BatchLoaderTests {
  struct Fixture {
    var train: Interactions
    var seen: SeenItems
    let users = 300
    let items = 500
  }

  func fixture(rows: Int = 20_000, fullUser: Bool = false) throws -> Fixture {
    var random = RandomStream(seed: 1, 2)
    var log = Interactions(
      users: (0..<rows).map { _ in Int32(random.next(below: 299)) },
      items: (0..<rows).map { _ in Int32(random.next(below: 500)) },
      ratings: (0..<rows).map { Float($0 % 9) }, timestamps: (0..<rows).map { _ in Int64(random.next(below: 90)) })
    if fullUser {
      for item in Int32(0)..<500 {
        log.users.append(299)
        log.items.append(item)
        log.ratings.append(1)
        log.timestamps.append(1)
      }
    }
    return Fixture(train: log, seen: try SeenItems(log, userCount: 300, itemCount: 500))
  }

  func loader(
    _ data: Fixture, _ kind: BatchKind, batch: Int = 256, seed: UInt64 = 7, workers: Int = 1, prefetch: Int = 64,
    dropLast: Bool = false
  ) throws -> BatchLoader {
    try BatchLoader(
      train: data.train, itemCount: data.items, userCount: data.users, kind: kind, batchSize: batch,
      sampler: UniformNegativeSampler(seen: data.seen), seed: seed, workers: workers, prefetch: prefetch,
      dropLast: dropLast)
  }

  /// All numbers of an iterator's batches, in order.
  func drain(_ iterator: EpochIterator) throws -> [[Double]] {
    var batches: [[Double]] = []
    while let batch = try iterator.next() {
      var row = try batch.users.doubles() + batch.items.doubles()
      for tensor in [batch.labels, batch.negatives, batch.histories, batch.lengths] {
        row += try tensor?.doubles() ?? []
      }
      batches.append(row)
    }
    return batches
  }

  static let kinds: [BatchKind] = [
    .pointwise(negatives: 4), .pointwise(negatives: 0), .pairwise(negatives: 3), .positivesOnly,
    .sequence(maxLength: 10), .rating,
  ]

  @Test(arguments: kinds)
  func sameBitsForAnyNumberOfWorkers(kind: BatchKind) throws {
    let data = try fixture()
    for epoch in 0..<2 {
      let expected = try drain(loader(data, kind, workers: 0).epoch(epoch))
      for (workers, prefetch) in [(1, 64), (2, 100_000), (5, 0), (3, 1)] {
        #expect(try drain(loader(data, kind, workers: workers, prefetch: prefetch).epoch(epoch)) == expected)
      }
    }
  }

  @Test(arguments: kinds)
  func aSavedPositionGoesOnWithTheSameBatches(kind: BatchKind) throws {
    let data = try fixture()
    let whole = try drain(loader(data, kind).epoch(1))
    for start in [0, 1, 17, whole.count - 1, whole.count] {
      let first = try loader(data, kind)
      let iterator = first.epoch(1)
      for _ in 0..<start { _ = try iterator.next() }
      let position = first.position
      #expect(
        position == (start < whole.count ? BatchPosition(epoch: 1, batch: start) : BatchPosition(epoch: 2, batch: 0)))
      guard start < whole.count else { continue }
      let saved = try JSONDecoder().decode(BatchPosition.self, from: try JSONEncoder().encode(position))
      #expect(try drain(loader(data, kind, workers: 2).resume(at: saved)) == Array(whole[start...]))
    }
  }

  @Test func epochsAndSeedsDifferAndRepeat() throws {
    let data = try fixture(rows: 3_000)
    let one = try loader(data, .pointwise(negatives: 2))
    let first = try drain(one.epoch(0))
    let second = try drain(one.epoch(1))
    #expect(first != second)
    #expect(try drain(one.epoch(0)) == first)
    #expect(try drain(loader(data, .pointwise(negatives: 2), seed: 8).epoch(0)) != first)
  }

  @Test func pointwiseHasEveryPositiveOnceAndUnseenNegatives() throws {
    let data = try fixture()
    let made = try loader(data, .pointwise(negatives: 4), batch: 1_000)
    #expect(made.rowsPerEpoch == 100_000)
    #expect(made.batchesPerEpoch == 100)
    var positives: [[Int]] = []
    var negatives = 0
    var perUser = [Int](repeating: 0, count: data.users)
    let iterator = made.epoch(0)
    while let batch = try iterator.next() {
      #expect(batch.users.dtype == .int64 && batch.items.dtype == .int64 && batch.labels?.dtype == .float32)
      #expect(batch.users.shape == [1_000] && batch.count == 1_000)
      let labels = try #require(try batch.labels?.floats())
      // A shuffle of the whole epoch: no batch is far from one positive in five.
      #expect((120...280).contains(labels.count { $0 == 1 }))
      for ((user, item), label) in zip(zip(try batch.users.ints(), try batch.items.ints()), labels) {
        if label == 1 {
          positives.append([user, item])
        } else {
          #expect(!data.seen.contains(user: Int32(user), item: Int32(item)))
          negatives += 1
          perUser[user] += 1
        }
      }
    }
    let expected = zip(data.train.users, data.train.items).map { [Int($0), Int($1)] }
    #expect(
      positives.sorted { $0.lexicographicallyPrecedes($1) } == expected.sorted { $0.lexicographicallyPrecedes($1) })
    #expect(negatives == 80_000)
    #expect(perUser == data.train.userCounts(userCount: data.users).map { $0 * 4 })
  }

  @Test func shuffleIsUniform() throws {
    // Where the first of 40,000 rows lands, over 400 epochs: the mean and the quarters are those of a uniform draw.
    let rows = 40_000
    let log = Interactions(users: [Int32](repeating: 0, count: rows), items: (0..<Int32(rows)).map { $0 })
    let made = try BatchLoader(
      train: log, itemCount: rows, userCount: 1, kind: .positivesOnly, batchSize: rows, seed: 3, workers: 0)
    var places: [Int] = []
    for epoch in 0..<400 {
      let batch = try #require(try made.epoch(epoch).next())
      places.append(try #require(try batch.items.ints().firstIndex(of: 0)))
    }
    for quarter in 0..<4 {
      let count = places.count { $0 * 4 / rows == quarter }
      #expect((60...140).contains(count))
    }
  }

  @Test func pairwiseNegativesAreUnseen() throws {
    let data = try fixture()
    let iterator = try loader(data, .pairwise(negatives: 3)).epoch(0)
    var rows = 0
    while let batch = try iterator.next() {
      let drawn = try #require(batch.negatives)
      #expect(drawn.shape == [batch.count, 3])
      let users = try batch.users.ints()
      for (place, item) in try drawn.ints().enumerated() {
        #expect(!data.seen.contains(user: Int32(users[place / 3]), item: Int32(item)))
      }
      rows += batch.count
    }
    #expect(rows == data.train.count)
  }

  @Test func sequencesAreWhatCameBefore() throws {
    let data = try fixture(rows: 2_000)
    let index = try HistoryIndex(data.train, userCount: data.users)
    let made = try loader(data, .sequence(maxLength: 4), batch: 100)
    var seenRows = Set<[Int]>()
    let iterator = made.epoch(0)
    while let batch = try iterator.next() {
      let users = try batch.users.ints()
      let items = try batch.items.ints()
      let lengths = try #require(try batch.lengths?.ints())
      let histories = try #require(try batch.histories?.ints())
      for row in 0..<batch.count {
        let whole = index.items(of: Int32(users[row])).map(Int.init)
        let history = Array(histories[row * 4..<row * 4 + lengths[row]])
        #expect((1...4).contains(lengths[row]))
        #expect(histories[row * 4 + lengths[row]..<row * 4 + 4].allSatisfy { $0 == 0 })
        let matches = whole.indices.contains { place in
          place >= history.count && whole[place] == items[row]
            && Array(whole[(place - history.count)..<place]) == history
            && (history.count == 4 || place == history.count)
        }
        #expect(matches)
        seenRows.insert([users[row], items[row]] + history)
      }
    }
    let examples = (0..<300).map { max(0, index.items(of: Int32($0)).count - 1) }.reduce(0, +)
    #expect(made.rowsPerEpoch == examples)
    let tensors = try index.tensors(users: [0, 299], maxLength: 3)
    #expect(tensors.histories.shape == [2, 3])
    #expect(tensors.isEmpty == [false, true])
    #expect(try tensors.lengths.ints()[1] == 1)
  }

  @Test func ratingsStayWithTheirRows() throws {
    let data = try fixture(rows: 500)
    let batch = try #require(try loader(data, .rating, batch: 500).epoch(2).next())
    let rows = zip(zip(try batch.users.ints(), try batch.items.ints()), try #require(try batch.labels?.floats()))
      .map { [Float($0.0.0), Float($0.0.1), $0.1] }
    let expected = (0..<500).map { [Float(data.train.users[$0]), Float(data.train.items[$0]), data.train.ratings[$0]] }
    #expect(rows != expected)
    #expect(rows.sorted { $0.lexicographicallyPrecedes($1) } == expected.sorted { $0.lexicographicallyPrecedes($1) })
  }

  @Test func aUserWhoHasSeenEverythingIsLeftOut() throws {
    let data = try fixture(fullUser: true)
    for kind in [BatchKind.pointwise(negatives: 1), .pairwise(negatives: 1)] {
      let made = try loader(data, kind)
      #expect(made.skippedInteractions == 500)
      let iterator = made.epoch(0)
      while let batch = try iterator.next() { #expect(try !batch.users.ints().contains(299)) }
    }
    #expect(try loader(data, .positivesOnly).skippedInteractions == 0)
    let full = Interactions(users: [0, 0], items: [0, 1])
    let seen = try SeenItems(full, userCount: 1, itemCount: 2)
    #expect(throws: DataError.self) {
      try BatchLoader(
        train: full, itemCount: 2, userCount: 1, kind: .pairwise(negatives: 1), batchSize: 1,
        sampler: UniformNegativeSampler(seen: seen), seed: 1)
    }
  }

  @Test func lastBatchAndDropLast() throws {
    let data = try fixture(rows: 1_030)
    let all = try loader(data, .positivesOnly, batch: 100)
    #expect(all.batchesPerEpoch == 11)
    let whole = try drain(all.epoch(0))
    #expect(whole.last?.count == 60)
    let dropped = try loader(data, .positivesOnly, batch: 100, dropLast: true)
    #expect(dropped.batchesPerEpoch == 10)
    #expect(try drain(dropped.epoch(0)) == Array(whole[..<10]))
    #expect(throws: DataError.self) { try loader(data, .positivesOnly, batch: 2_000, dropLast: true) }
  }

  @Test func batchSizeDoesNotChangeTheOrder() throws {
    let data = try fixture(rows: 5_000)
    let small = try drain(loader(data, .pairwise(negatives: 2), batch: 10).epoch(0))
    let large = try drain(loader(data, .pairwise(negatives: 2), batch: 5_000).epoch(0))
    #expect(small.flatMap { $0[..<10] } == Array(large[0][..<5_000]))
    #expect(small.flatMap { $0[20...] } == Array(large[0][10_000...]))
  }

  @Test func impossibleLoadersAreRefused() throws {
    let data = try fixture(rows: 100)
    #expect(throws: DataError.self) { try loader(data, .positivesOnly, batch: 0) }
    #expect(throws: DataError.self) { try loader(data, .positivesOnly, workers: -1) }
    #expect(throws: DataError.self) { try loader(data, .positivesOnly, prefetch: -1) }
    #expect(throws: DataError.self) { try loader(data, .pairwise(negatives: 0)) }
    #expect(throws: DataError.self) { try loader(data, .pointwise(negatives: -1)) }
    #expect(throws: DataError.self) { try loader(data, .sequence(maxLength: 0)) }
    func make(_ log: Interactions, _ kind: BatchKind, items: Int = 500, sampler: (any NegativeSampler)? = nil) throws {
      _ = try BatchLoader(
        train: log, itemCount: items, userCount: 300, kind: kind, batchSize: 10, sampler: sampler, seed: 1)
    }
    #expect(throws: DataError.self) { try make(Interactions(), .positivesOnly) }
    #expect(throws: DataError.self) { try make(data.train, .pairwise(negatives: 1)) }
    #expect(throws: DataError.self) { try make(data.train, .positivesOnly, items: 3) }
    #expect(throws: DataError.self) { try make(Interactions(users: [0], items: [0]), .rating) }
    #expect(throws: DataError.self) { try make(Interactions(users: [0], items: [0]), .sequence(maxLength: 3)) }
    let other = UniformNegativeSampler(seen: try SeenItems(Interactions(), userCount: 3, itemCount: 3))
    #expect(throws: DataError.self) { try make(data.train, .pairwise(negatives: 1), sampler: other) }
  }

  @Test func abandonedIteratorsAndLoadersEnd() throws {
    let data = try fixture()
    let before = Engine.liveHandles
    for round in 0..<30 {
      let made = try loader(data, .pointwise(negatives: 4), workers: 3, prefetch: 10_000)
      let iterator = made.epoch(round)
      for _ in 0..<round % 3 { _ = try iterator.next() }
    }
    let deadline = Date().addingTimeInterval(20)
    while Engine.liveHandles > before, Date() < deadline { usleep(10_000) }
    #expect(Engine.liveHandles <= before)
  }

  @Test func finishedEpochsKeepNoTensors() throws {
    let data = try fixture()
    let made = try loader(data, .pointwise(negatives: 4), workers: 2)
    let before = Engine.liveHandles
    for epoch in 0..<3 { #expect(try drain(made.epoch(epoch)).count == made.batchesPerEpoch) }
    #expect(Engine.liveHandles <= before)
    #expect(made.waitSeconds > 0)
  }
}
