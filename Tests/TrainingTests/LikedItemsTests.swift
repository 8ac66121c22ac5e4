import Features
import Testing
import Training

@Suite struct LikedItemsTests {
  @Test func theHighestRatingComesFirstAndOfEqualOnesTheLatest() throws {
    let log = Interactions(
      users: [0, 0, 0, 0, 1], items: [4, 5, 6, 7, 4], ratings: [3, 5, 5, 1, 2], timestamps: [9, 1, 2, 10, 5])
    let liked = try LikedItems(log, userCount: 3)
    #expect(liked.entries(of: 0).map(\.item) == [6, 5, 4, 7])
    #expect(liked.entries(of: 0).map(\.rating) == [5, 5, 3, 1])
    #expect(liked.entries(of: 1) == [LikedItems.Entry(item: 4, rating: 2)])
    #expect(liked.entries(of: 2).isEmpty && liked.userCount == 3)
  }

  @Test func withoutRatingsTheLatestComeFirst() throws {
    let timed = Interactions(users: [0, 0, 0], items: [1, 2, 3], timestamps: [30, 10, 20])
    #expect(
      try LikedItems(timed, userCount: 1).entries(of: 0)
        == [1, 3, 2].map { LikedItems.Entry(item: $0, rating: nil) })
    let bare = Interactions(users: [0, 0, 0], items: [1, 2, 3])
    #expect(try LikedItems(bare, userCount: 1).entries(of: 0).map(\.item) == [3, 2, 1])
  }

  @Test func anItemTakenTwiceCountsOnceByItsBestRow() throws {
    let log = Interactions(
      users: [0, 0, 0, 0], items: [1, 2, 1, 2], ratings: [2, 5, 4, 1], timestamps: [1, 2, 3, 4])
    let liked = try LikedItems(log, userCount: 1)
    #expect(liked.items == [2, 1] && liked.ratings == [5, 4])
  }

  @Test func isTheHeadOfTheWholeOrder() throws {
    var state: UInt64 = 11
    func next(below limit: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % limit)
    }
    var log = Interactions()
    for _ in 0..<3000 {
      log.users.append(Int32(next(below: 20)))
      log.items.append(Int32(next(below: 90)))
      log.ratings.append(Float(next(below: 5) + 1))
      log.timestamps.append(Int64(next(below: 50)))
    }
    let liked = try LikedItems(log, userCount: 20)
    for user in 0..<20 {
      let rows = (0..<log.count).filter { log.users[$0] == Int32(user) }.sorted {
        (log.ratings[$0], log.timestamps[$0], $0) > (log.ratings[$1], log.timestamps[$1], $1)
      }
      var taken: Set<Int32> = []
      let expected = rows.filter { taken.insert(log.items[$0]).inserted }.prefix(LikedItems.limit)
      #expect(liked.entries(of: user).map(\.item) == expected.map { log.items[$0] })
      #expect(liked.entries(of: user).compactMap(\.rating) == expected.map { log.ratings[$0] })
    }
  }

  @Test func aUserOutsideIsNamed() throws {
    #expect { try LikedItems(Interactions(users: [0, 5], items: [1, 2]), userCount: 2) } throws: {
      ($0 as? DataError)?.code == .outOfRange && "\($0)".contains("row 1") && "\($0)".contains("5")
    }
  }
}
