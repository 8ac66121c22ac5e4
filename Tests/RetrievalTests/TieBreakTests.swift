import Retrieval
import Testing

@Suite struct TieBreakTests {
  @Test("No two items share a hash")
  func bijection() {
    let tie = TieBreak(seed: 5, query: 77)
    #expect(Set((0..<100_000).map { tie.hash($0) }).count == 100_000)
  }

  @Test("Each of four tied items comes first for about a quarter of the queries")
  func fairness() {
    var first = [0, 0, 0, 0]
    for query in 0..<4000 {
      let tie = TieBreak(seed: 1, query: query)
      let hashes = (0..<4).map { tie.hash(Int32($0)) }
      first[hashes.indices.max { hashes[$0] < hashes[$1] } ?? 0] += 1
    }
    // Six standard deviations of a binomial(4000, 1/4).
    #expect(first.allSatisfy { abs($0 - 1000) < 165 }, "\(first)")
  }
}
