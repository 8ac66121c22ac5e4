import Retrieval
import Testing
import Torch

@Suite struct ExactIndexTests {
  private struct Case: CustomTestStringConvertible {
    var queries: Int, items: Int, dim: Int, k: Int
    var bias = false
    var seen = 0
    /// One item in so many passes the filter; 0 for none.
    var everyNth = 0
    var testDescription: String { "\(queries) x \(items), D \(dim), k \(k), bias \(bias), seen \(seen), 1/\(everyNth)" }
  }

  private func tensor(_ rows: [[Float]], _ width: Int) throws -> Tensor {
    try Tensor(Array(rows.joined()), shape: [rows.count, width])
  }

  @Test(
    "Byte vectors find what a sort of all scores finds, to the bit",
    arguments: [
      Case(queries: 1, items: 1, dim: 1, k: 1), Case(queries: 2, items: 63, dim: 3, k: 5),
      Case(queries: 1, items: 64, dim: 4, k: 64, bias: true), Case(queries: 5, items: 65, dim: 17, k: 100, seen: 10),
      Case(queries: 9, items: 700, dim: 33, k: 10, bias: true, seen: 60, everyNth: 3),
      Case(queries: 33, items: 1500, dim: 64, k: 50, seen: 100, everyNth: 7),
      Case(queries: 3, items: 3000, dim: 5, k: 3000, bias: true, everyNth: 2),
      Case(queries: 2, items: 500, dim: 8, k: 10, everyNth: 501),
    ])
  private func againstBruteForce(_ c: Case) throws {
    var random = SeededGenerator(UInt64(c.items))
    let filters: [ItemFilter?] = (0..<c.queries).map { query in
      // One query of three has no filter.
      c.everyNth == 0 || query % 3 == 2
        ? nil
        : ItemFilter(count: c.items, (0..<Int32(c.items)).filter { (Int($0) + query) % c.everyNth == c.everyNth - 1 })
    }
    var force = BruteForce(
      queries: random.vectors(c.queries, c.dim), items: random.vectors(c.items, c.dim),
      bias: c.bias ? random.vectors(1, c.items)[0] : nil, excluded: random.sets(c.queries, of: c.items, upTo: c.seen),
      k: c.k, seed: 3)
    let seen = ItemSets(force.excluded)
    for (query, filter) in filters.enumerated() {
      if let filter { force.excluded[query] += (0..<Int32(c.items)).filter { !filter.contains(Int($0)) } }
    }
    let expected = force.run()
    let items = try tensor(force.items, c.dim)
    let bias = try force.bias.map { try Tensor($0) }
    let queries = try tensor(force.queries, c.dim)
    let codes = try ItemCodes(of: items, itemBias: bias)
    let given = c.everyNth == 0 ? [] : filters
    for path in [RetrievalPath.automatic, .plain, .avx2, .avx512].filter(\.isAvailable) {
      for index in [
        try ExactIndex(items, itemBias: bias, codes: codes, path: path),
        try ExactIndex(items, itemBias: bias, path: path),
      ] {
        let found = try index.search(queries, k: c.k, among: given, excluding: seen, queryIDs: nil, seed: 3)
        #expect(found == expected, "path \(path), codes \(index.codes != nil)")
      }
    }
  }

  @Test(
    "1,000 queries over 20,000 items: every answer is the one of fp32 brute force, and few items are scored in full")
  func manyQueries() throws {
    let generator = try Generator(seed: 5)
    // Lengths that differ much, as trained vectors': popular items are long.
    let lengths = try Tensor.rand([20_000, 1], generator: generator).pow(4).mul(3).add(0.05)
    let items = try Tensor.randn([20_000, 64], generator: generator).mul(lengths)
    let queries = try Tensor.randn([1000, 64], generator: generator)
    let bias = try Tensor.randn([20_000], generator: generator)
    for itemBias in [nil, bias] {
      let expected = try topK(queries: queries, items: items, itemBias: itemBias, k: 100, seed: 1)
      let index = try ExactIndex(items, itemBias: itemBias)
      #expect(index.codes != nil)
      #expect(try index.search(queries, k: 100, among: [], excluding: nil, queryIDs: nil, seed: 1) == expected)
      let codes = try #require(index.codes)
      let (_, scored) = try codes.search(
        queries, items: items, itemBias: itemBias, k: 100, excluding: nil, among: [], queryIDs: nil, seed: 1,
        path: .automatic)
      #expect(scored >= 100_000 && scored < 1000 * 600)
    }
  }

  @Test("Equal, tiny, huge and hidden values keep the answer exact")
  func hardValues() throws {
    var random = SeededGenerator(4)
    let whole = random.wholeVectors(2000, 6)
    let scales: [Float] = [1e-30, 1e-12, 1, 1e12]
    let mixed = whole.enumerated().map { place, row in row.map { $0 * scales[place % 4] } }
    let zeros = whole.map { $0.map { _ in Float(0) } }
    let outlier = whole.enumerated().map { place, row in place % 50 == 0 ? row.map { $0 * 1000 + 1 } : row }
    var bias = random.vectors(1, 2000)[0]
    for place in stride(from: 0, to: 2000, by: 3) { bias[place] = -.infinity }
    for rows in [whole, mixed, zeros, outlier] {
      let items = try tensor(rows, 6)
      for itemBias in [nil, try Tensor(bias)] {
        let index = try ExactIndex(items, itemBias: itemBias, codes: ItemCodes(of: items, itemBias: itemBias))
        for scale in [Float(0), 1e-20, 1, 1e20] {
          let queries = try tensor(random.wholeVectors(5, 6).map { $0.map { $0 * scale } }, 6)
          let expected = try topK(queries: queries, items: items, itemBias: itemBias, k: 70, seed: 9)
          #expect(try index.search(queries, k: 70, among: [], excluding: nil, queryIDs: nil, seed: 9) == expected)
        }
      }
    }
  }

  @Test func whatIsNotFiniteIsRefused() throws {
    let bad = try tensor([[1, 2], [3, .nan]], 2)
    #expect(throws: TorchError.self) { try ItemCodes(of: bad) }
    #expect(throws: TorchError.self) { try ItemCodes(of: tensor([[1, .infinity]], 2)) }
    let items = try tensor([[1, 2], [3, 4]], 2)
    #expect(throws: TorchError.self) { try ItemCodes(of: items, itemBias: Tensor([1, .nan] as [Float])) }
    #expect(throws: TorchError.self) { try ItemCodes(of: items, itemBias: Tensor([1] as [Float])) }
    let codes = try ItemCodes(of: items)
    #expect(throws: TorchError.self) { try ItemCodes(bytes: codes.scales, scales: codes.scales, bounds: codes.bounds) }
    #expect(throws: TorchError.self) {
      try ItemCodes(bytes: codes.bytes, scales: codes.scales, bounds: [1, .nan, 1, 1])
    }
    let index = try ExactIndex(items, codes: codes)
    #expect(throws: TorchError.self) { try index.search(tensor([[.nan, 1]], 2), k: 1) }
    #expect(throws: TorchError.self) { try index.search(tensor([[1, 2, 3]], 3), k: 1) }
    #expect(throws: TorchError.self) { try index.search(tensor([[1, 2]], 2), k: 0) }
    #expect(throws: TorchError.self) {
      try index.search(tensor([[1, 2]], 2), k: 1, among: [nil, ItemFilter(count: 2, [0])])
    }
    #expect(throws: TorchError.self) {
      try index.search(tensor([[1, 2]], 2), k: 1, among: [ItemFilter(count: 3, [0])])
    }
    // Codes of other items.
    let others = try ExactIndex(tensor([[1, 2, 3, 4, 5]], 5), codes: codes)
    #expect(throws: TorchError.self) { try others.search(tensor([[1, 2, 3, 4, 5]], 5), k: 1) }
    #expect(throws: TorchError.self) { try ExactIndex(items, itemBias: Tensor([1] as [Float])) }
    #expect(throws: TorchError.self) { try ExactIndex(Tensor([1] as [Float])) }
  }

  @Test func aFilterKnowsItsItems() {
    let filter = ItemFilter(count: 130, [0, 63, 64, 129, 130, -1, 64])
    #expect(filter.passing == 4)
    #expect([0, 63, 64, 129].allSatisfy(filter.contains) && ![1, 65, 128, 130, -1].contains(where: filter.contains))
    #expect(ItemFilter(count: 0, [0]).passing == 0 && ItemFilter(count: -3, []).count == 0)
  }
}
