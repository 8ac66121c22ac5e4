import Features
import Testing

@Suite struct RealDataTests {
  @Test(.enabled(if: RealData.hasMovieLens100K, "skipped: ml-100k is absent"))
  func movieLens100K() throws {
    let dataset = try Datasets.load("ml-100k")
    #expect(dataset.userCount == 943)
    #expect(dataset.itemCount == 1682)
    #expect(dataset.interactions.count == 100_000)
    #expect(dataset.itemTitles?[0].isEmpty == false)
    let item = try #require(dataset.items.index(of: "1"))
    #expect(dataset.title(of: item).hasPrefix("Toy Story"))
    #expect(dataset.userFields.count == 4)
    let split = try Split.make(dataset, method: .leaveOneOut, validation: .onePerUser(seed: 1))
    #expect(split.test.count == 943 && split.validation.count == 943 && split.train.count == 98_114)
    for (user, time) in zip(split.train.users, split.train.timestamps) {
      #expect(time <= split.test.timestamps[split.test.users.firstIndex(of: user) ?? 0])
      if user > 20 { break }
    }
  }

  @Test(.enabled(if: RealData.hasNCF, "skipped: ncf-ml-1m is absent"))
  func ncf() throws {
    let dataset = try Datasets.load("ncf-ml-1m")
    let given = try #require(dataset.given)
    #expect(given.train.count == 994_169)
    #expect(given.test.count == 6_040)
    #expect(dataset.userCount == 6_040 && dataset.itemCount == 3_706)
    #expect(dataset.title(of: 0) == "One Flew Over the Cuckoo's Nest (1975)")
    let lists = try #require(given.candidates)
    #expect(lists.width == 100 && lists.count == 6_040)
    let seen = try SeenItems(given.train, userCount: 6_040, itemCount: 3_706)
    var own = 0
    var taken = 0
    for row in 0..<lists.count {
      #expect(lists[row].first == given.test.items[row])
      for item in lists[row].dropFirst() {
        if item == given.test.items[row] { own += 1 }
        if seen.contains(user: given.test.users[row], item: item) { taken += 1 }
      }
    }
    // The benchmark ranks some held-out items against themselves; its lists stay as they are.
    #expect(own == 156)
    #expect(taken == 0)
    #expect(dataset.userFields.map(\.name) == ["gender", "age", "occupation", "zip_code"])
  }
}
