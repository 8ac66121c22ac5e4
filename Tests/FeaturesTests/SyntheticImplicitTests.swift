import Features
import Foundation
import Testing

@Suite struct SyntheticImplicitTests {
  @Test func followsItsParametersAndItsSeed() throws {
    let parameters = SyntheticImplicit.Parameters(users: 120, items: 90, clusters: 7, interactionsPerUser: 12, seed: 4)
    let dataset = try Datasets.load("synthetic:implicit", options: DatasetOptions(synthetic: parameters))
    #expect(dataset.userCount == 120 && dataset.itemCount == 90)
    #expect(dataset.interactions.count == 120 * 12)
    let pairs = Set(zip(dataset.interactions.users, dataset.interactions.items).map { [$0, $1] })
    #expect(pairs.count == 120 * 12)
    #expect(dataset.itemTitles?.count == 90)
    #expect(dataset.itemFields[0].tokens(of: 8) == ["taste 1"])
    #expect(try SyntheticImplicit.make(parameters).interactions == dataset.interactions)
    var other = parameters
    other.seed = 5
    #expect(try SyntheticImplicit.make(other).interactions != dataset.interactions)
  }

  @Test func extremeParametersEndToo() throws {
    for parameters in [
      SyntheticImplicit.Parameters(users: 30, items: 40, clusters: 40, interactionsPerUser: 20, loyalty: 1),
      SyntheticImplicit.Parameters(users: 30, items: 40, clusters: 1, interactionsPerUser: 20, loyalty: 0, skew: 4),
      SyntheticImplicit.Parameters(users: 1, items: 2, clusters: 2, interactionsPerUser: 1, loyalty: 1, skew: 0),
    ] {
      let dataset = try SyntheticImplicit.make(parameters)
      #expect(dataset.interactions.count == parameters.users * parameters.interactionsPerUser)
    }
  }

  @Test(arguments: [
    SyntheticImplicit.Parameters(users: 0), .init(items: 1), .init(clusters: 0), .init(clusters: 1_001),
    .init(interactionsPerUser: 501), .init(loyalty: 1.5), .init(loyalty: .nan), .init(skew: -1),
  ])
  func impossibleParametersAreRefused(parameters: SyntheticImplicit.Parameters) {
    #expect(throws: DataError.self) { try SyntheticImplicit.make(parameters) }
  }

  /// What has been planted can be found: items that go together, counted from training alone, rank the held-out item far
  /// better than popularity does.
  @Test func tasteIsLearnable() throws {
    let dataset = try SyntheticImplicit.make()
    let split = try Split.make(dataset, method: .leaveOneOut)
    let seen = try SeenItems(split.train, userCount: dataset.userCount, itemCount: dataset.itemCount)
    let counts = split.train.itemCounts(itemCount: dataset.itemCount).map(Double.init)
    let size = dataset.itemCount
    var together = [Double](repeating: 0, count: size * size)
    for user in 0..<Int32(dataset.userCount) {
      for one in seen.items(of: user) { for two in seen.items(of: user) { together[Int(one) * size + Int(two)] += 1 } }
    }
    var byTaste = 0.0
    var byPopularity = 0.0
    for (user, target) in zip(split.test.users, split.test.items) {
      var scores = [Double](repeating: 0, count: size)
      for item in seen.items(of: user) {
        for other in 0..<size { scores[other] += together[Int(item) * size + other] }
      }
      byTaste += gain(scores, target, seen, user)
      byPopularity += gain(counts, target, seen, user)
    }
    #expect(byTaste > 3 * byPopularity)
  }

  /// NDCG@10 of one held-out item among all unseen ones.
  func gain(_ scores: [Double], _ target: Int32, _ seen: SeenItems, _ user: Int32) -> Double {
    var rank = 0
    for item in 0..<Int32(scores.count) where item != target && scores[Int(item)] >= scores[Int(target)] {
      if !seen.contains(user: user, item: item) { rank += 1 }
    }
    return rank < 10 ? 1 / log2(Double(rank) + 2) : 0
  }
}
