import Features
import Testing

@Suite struct SeenItemsTests {
  @Test(arguments: [0, SeenItems.bitLimit])
  func knowsWhatWasTaken(bitLimit: Int) throws {
    let first = Interactions(users: [2, 0, 2, 2], items: [70, 3, 1, 70])
    let second = Interactions(users: [0], items: [129])
    let seen = try SeenItems([first, second], userCount: 3, itemCount: 130, bitLimit: bitLimit)
    #expect(Array(seen.items(of: 2)) == [1, 70])
    #expect(Array(seen.items(of: 0)) == [3, 129])
    #expect(seen.items(of: 1).isEmpty && seen.items(of: 9).isEmpty && seen.items(of: -1).isEmpty)
    #expect(seen.offsets == [0, 2, 2, 4])
    for user in Int32(-1)...3 {
      for item in Int32(-1)...130 {
        #expect(seen.contains(user: user, item: item) == seen.items(of: user).contains(item))
      }
    }
    #expect(seen.count(of: 2) == 2)
    #expect(!seen.isFull(2))
  }

  @Test func refusesIdsOutside() {
    #expect(throws: DataError.self) { try SeenItems(Interactions(users: [3], items: [0]), userCount: 3, itemCount: 1) }
    #expect(throws: DataError.self) { try SeenItems(Interactions(users: [0], items: [-1]), userCount: 3, itemCount: 1) }
    #expect(throws: DataError.self) { try SeenItems(Interactions(), userCount: -1, itemCount: 1) }
  }

  @Test func emptyVocabularies() throws {
    let seen = try SeenItems(Interactions(), userCount: 0, itemCount: 0)
    #expect(!seen.contains(user: 0, item: 0))
  }

  @Test func candidateListsAreUnseenAndDifferent() throws {
    let log = Interactions(users: [0, 0, 1], items: [1, 2, 3])
    let seen = try SeenItems(log, userCount: 2, itemCount: 40)
    let held = Interactions(users: [0, 1, 0], items: [5, 6, 1])
    for negatives in [5, 30, 37] {
      let lists = try CandidateLists.drawn(for: held, negatives: negatives, seen: seen, seed: 3)
      #expect(lists.width == negatives + 1)
      #expect(lists.count == 3)
      for row in 0..<3 {
        let list = Array(lists[row])
        #expect(list[0] == held.items[row])
        #expect(Set(list).count == list.count)
        #expect(list.dropFirst().allSatisfy { !seen.contains(user: held.users[row], item: $0) })
      }
      #expect(try CandidateLists.drawn(for: held, negatives: negatives, seen: seen, seed: 3) == lists)
    }
    #expect(throws: DataError.self) { try CandidateLists.drawn(for: held, negatives: 38, seen: seen, seed: 3) }
    #expect(throws: DataError.self) { try CandidateLists.drawn(for: held, negatives: 0, seen: seen, seed: 3) }
  }

  @Test func historiesAreInTimeOrder() throws {
    let log = Interactions(users: [0, 1, 0, 0], items: [5, 6, 7, 8], timestamps: [9, 1, 3, 9])
    let index = try HistoryIndex(log, userCount: 3)
    #expect(Array(index.items(of: 0)) == [7, 5, 8])
    #expect(Array(index.recent(0, maxLength: 2)) == [5, 8])
    #expect(index.items(of: 2).isEmpty && index.items(of: 5).isEmpty)
    #expect(throws: DataError.self) { try HistoryIndex(log, userCount: 1) }
  }

  @Test func randomStreamsDifferByPath() {
    var streams = (0..<100).map { RandomStream(seed: 1, 2, UInt64($0)) }
    #expect(Set(streams.indices.map { streams[$0].next() }).count == 100)
    var stream = RandomStream(seed: 0)
    var sum = 0.0
    for _ in 0..<10_000 {
      let number = stream.next(below: 7)
      #expect((0..<7).contains(number))
      sum += stream.nextUnit()
    }
    #expect(abs(sum / 10_000 - 0.5) < 0.02)
  }
}
