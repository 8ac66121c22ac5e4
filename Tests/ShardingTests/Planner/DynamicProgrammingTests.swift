import Sharding
import Testing

@Suite("Dynamic programming")
struct DynamicProgrammingTests {
  typealias Item = DynamicProgrammingProposer.Item

  /// Every choice of one item a table.
  static func everyChoice(_ tables: [[Item]]) -> [(item: Item, options: [Int])] {
    var found: [(item: Item, options: [Int])] = [(Item(bytes: 0, seconds: 0), [])]
    for items in tables {
      found = found.flatMap { before in
        items.enumerated().map { index, item in
          (
            Item(bytes: before.item.bytes + item.bytes, seconds: before.item.seconds + item.seconds),
            before.options + [index]
          )
        }
      }
    }
    return found
  }

  @Test("the least work for every amount of memory, as all choices by hand", arguments: 0..<20)
  func isExact(seed: Int) {
    var random = SplitMix(state: UInt64(seed))
    let tables = (0..<5).map { _ in
      (0..<Int.random(in: 1...5, using: &random)).map { _ in
        Item(bytes: Int.random(in: 0...40, using: &random), seconds: Double(Int.random(in: 1...60, using: &random)))
      }
    }
    let limit = Int.random(in: 20...160, using: &random)
    let all = Self.everyChoice(tables).filter { $0.item.bytes <= limit }
    let frontier = DynamicProgrammingProposer.frontier(tables, limit: limit)
    #expect(frontier.isEmpty == all.isEmpty)
    for amount in stride(from: 0, through: limit, by: 7) {
      let best = all.filter { $0.item.bytes <= amount }.map(\.item.seconds).min()
      #expect(frontier.filter { $0.bytes <= amount }.map(\.seconds).min() == best)
    }
    for choice in frontier {
      let items = zip(tables, choice.options).map { $0[$1] }
      #expect(items.reduce(0) { $0 + $1.bytes } == choice.bytes)
      #expect(items.reduce(0) { $0 + $1.seconds } == choice.seconds)
    }
    // From the least work to the least memory.
    #expect(zip(frontier, frontier.dropFirst()).allSatisfy { $0.seconds < $1.seconds && $0.bytes > $1.bytes })
  }

  @Test("more choices than are kept are thinned, and what is left is sound")
  func thinned() {
    var random = SplitMix(state: 7)
    let tables = (0..<20).map { _ in
      (0..<6).map { _ in
        Item(
          bytes: Int.random(in: 0...1_000_000, using: &random), seconds: Double.random(in: 0...1, using: &random))
      }
    }
    let frontier = DynamicProgrammingProposer.frontier(tables, limit: 8_000_000)
    #expect((1...DynamicProgrammingProposer.mostKept).contains(frontier.count))
    #expect(frontier.allSatisfy { $0.bytes <= 8_000_000 && $0.options.count == 20 })
  }

  @Test("memory beyond counting stays at the most there is")
  func saturates() {
    let huge = [[Item(bytes: .max, seconds: 1)], [Item(bytes: .max, seconds: 1), Item(bytes: 1, seconds: 2)]]
    #expect(DynamicProgrammingProposer.frontier(huge, limit: 1 << 40).isEmpty)
    #expect(!DynamicProgrammingProposer.frontier(huge, limit: .max).isEmpty)
  }
}
