import Features
import Testing

@Suite struct NegativeSamplerTests {
  /// User 0 nothing, 1 some, 2 all but one, 3 all.
  func log(items: Int) -> Interactions {
    var log = Interactions()
    for item in 0..<Int32(items) {
      if item % 3 == 0 { add(1, item, &log) }
      if item != Int32(items / 2) { add(2, item, &log) }
      add(3, item, &log)
    }
    return log
  }

  func add(_ user: Int32, _ item: Int32, _ log: inout Interactions) {
    log.users.append(user)
    log.items.append(item)
  }

  func samplers(items: Int, bitLimit: Int) throws -> [any NegativeSampler] {
    let log = log(items: items)
    let seen = try SeenItems([log], userCount: 4, itemCount: items, bitLimit: bitLimit)
    return [
      UniformNegativeSampler(seen: seen),
      try PopularityNegativeSampler(seen: seen, counts: log.itemCounts(itemCount: items), exponent: 1),
    ]
  }

  @Test(arguments: [1, 2, 63, 64, 65, 200], [0, SeenItems.bitLimit])
  func neverASeenItem(items: Int, bitLimit: Int) throws {
    for sampler in try samplers(items: items, bitLimit: bitLimit) {
      var random = RandomStream(seed: 1, UInt64(items))
      for user in Int32(0)..<3 where !sampler.seen.isFull(user) {
        let drawn = try sampler.draw(user: user, count: 500, random: &random)
        #expect(drawn.allSatisfy { !sampler.seen.contains(user: user, item: $0) && $0 >= 0 && $0 < items })
      }
    }
  }

  @Test func whoHasSeenEverythingIsAnErrorNotAHang() throws {
    for bitLimit in [0, SeenItems.bitLimit] {
      for sampler in try samplers(items: 100, bitLimit: bitLimit) {
        var random = RandomStream(seed: 1)
        let error = #expect(throws: DataError.self) { try sampler.draw(user: 3, count: 4, random: &random) }
        #expect(error?.code == .noNegativeLeft)
        #expect(throws: DataError.self) { try sampler.draw(user: 4, count: 4, random: &random) }
        #expect(throws: DataError.self) { try sampler.draw(user: -1, count: 4, random: &random) }
        #expect(try sampler.draw(user: 2, count: 64, random: &random) == Array(repeating: 50, count: 64))
      }
    }
  }

  @Test func theSameStreamGivesTheSameItems() throws {
    for sampler in try samplers(items: 100, bitLimit: SeenItems.bitLimit) {
      var one = RandomStream(seed: 7, 3)
      var two = RandomStream(seed: 7, 3)
      var other = RandomStream(seed: 8, 3)
      let drawn = try sampler.draw(user: 1, count: 50, random: &one)
      #expect(try sampler.draw(user: 1, count: 50, random: &two) == drawn)
      #expect(try sampler.draw(user: 1, count: 50, random: &other) != drawn)
    }
  }

  /// Draws and checks each frequency against its probability, within five standard deviations.
  func checkFrequencies(_ sampler: any NegativeSampler, user: Int32, weights: [Double]) throws {
    let total = weights.reduce(0, +)
    let draws = 200_000
    var random = RandomStream(seed: 11, 5)
    var counts = [Int](repeating: 0, count: weights.count)
    for item in try sampler.draw(user: user, count: draws, random: &random) { counts[Int(item)] += 1 }
    for (count, weight) in zip(counts, weights) {
      let share = weight / total
      let deviation = (share * (1 - share) * Double(draws)).squareRoot()
      #expect(abs(Double(count) - share * Double(draws)) <= 5 * deviation + 1e-9)
    }
  }

  @Test(arguments: [0, SeenItems.bitLimit])
  func uniformIsUniform(bitLimit: Int) throws {
    // With most items seen, the draws go by number among the unseen.
    let seenItems = Array(Int32(0)..<90)
    let seen = try SeenItems(
      [Interactions(users: seenItems.map { _ in 0 }, items: seenItems)], userCount: 2, itemCount: 100,
      bitLimit: bitLimit)
    let sampler = UniformNegativeSampler(seen: seen)
    try checkFrequencies(sampler, user: 0, weights: (0..<100).map { $0 < 90 ? 0 : 1 })
    try checkFrequencies(sampler, user: 1, weights: (0..<100).map { _ in 1 })
  }

  @Test func popularityFollowsCounts() throws {
    let counts = [0, 1, 3, 8, 24, 99]
    let seen = try SeenItems(Interactions(users: [0], items: [3]), userCount: 2, itemCount: 6)
    let linear = try PopularityNegativeSampler(seen: seen, counts: counts, exponent: 1)
    try checkFrequencies(linear, user: 1, weights: counts.map { Double($0) + 1 })
    try checkFrequencies(linear, user: 0, weights: [1, 2, 4, 0, 25, 100])
    let flat = try PopularityNegativeSampler(seen: seen, counts: counts, exponent: 0.5)
    try checkFrequencies(flat, user: 1, weights: counts.map { (Double($0) + 1).squareRoot() })
    // Nearly all of the weight is seen: the rest is drawn by a scan.
    let most = try SeenItems(Interactions(users: [0], items: [5]), userCount: 1, itemCount: 6)
    let skewed = try PopularityNegativeSampler(seen: most, counts: [0, 1, 3, 8, 24, 1_000_000], exponent: 1)
    try checkFrequencies(skewed, user: 0, weights: [1, 2, 4, 9, 25, 0])
  }

  @Test func aliasTableFollowsWeights() throws {
    let weights = [0, 5, 0.5, 0, 3, 1e-9, 12]
    let table = try AliasTable(weights: weights)
    var random = RandomStream(seed: 2)
    var counts = [Int](repeating: 0, count: weights.count)
    for _ in 0..<200_000 { counts[Int(table.draw(&random))] += 1 }
    #expect(counts[0] == 0 && counts[3] == 0)
    for (count, weight) in zip(counts, weights) {
      #expect(abs(Double(count) / 200_000 - weight / 20.5) < 0.01)
    }
    for bad in [[], [0, 0], [1, -1], [.nan], [.infinity]] as [[Double]] {
      #expect(throws: DataError.self) { try AliasTable(weights: bad) }
    }
  }

  @Test func popularityRefusesBadCounts() throws {
    let seen = try SeenItems(Interactions(), userCount: 1, itemCount: 3)
    #expect(throws: DataError.self) { try PopularityNegativeSampler(seen: seen, counts: [1, 2]) }
    #expect(throws: DataError.self) { try PopularityNegativeSampler(seen: seen, counts: [1, 2, -1]) }
    #expect(throws: DataError.self) { try PopularityNegativeSampler(seen: seen, counts: [1, 2, 3], exponent: .nan) }
  }
}
