import Retrieval
import Testing
import Torch

private func tensor(_ rows: [[Float]], _ width: Int) throws -> Tensor {
  try Tensor(Array(rows.joined()), shape: [rows.count, width])
}

private struct Case: CustomTestStringConvertible {
  var queries: Int, items: Int, dim: Int, k: Int
  var bias = false
  var seen = 0
  var testDescription: String { "\(queries) x \(items), D \(dim), k \(k), bias \(bias), seen \(seen)" }
}

private let vectorPaths: [RetrievalPath] = [.plain, .avx2, .avx512].filter(\.isAvailable)

@Suite struct TopKDotTests {
  @Test(
    "The ids and the bits of the scores are those of a sort, on every path",
    arguments: [
      Case(queries: 1, items: 1, dim: 1, k: 1),
      Case(queries: 5, items: 63, dim: 7, k: 3),
      Case(queries: 6, items: 64, dim: 16, k: 64, bias: true),
      Case(queries: 7, items: 65, dim: 17, k: 100, seen: 10),
      Case(queries: 49, items: 500, dim: 33, k: 10, bias: true, seen: 60),
      Case(queries: 97, items: 1000, dim: 8, k: 100, seen: 300),
      Case(queries: 13, items: 3706, dim: 64, k: 250, bias: true, seen: 200),
      Case(queries: 3, items: 2000, dim: 5, k: 2000, seen: 50),
    ])
  private func againstBruteForce(_ c: Case) throws {
    var random = SeededGenerator(UInt64(c.items))
    let force = BruteForce(
      queries: random.vectors(c.queries, c.dim), items: random.vectors(c.items, c.dim),
      bias: c.bias ? random.vectors(1, c.items)[0] : nil,
      excluded: random.sets(c.queries, of: c.items, upTo: c.seen), k: c.k, seed: 3)
    let expected = force.run()
    for path in [.automatic] + vectorPaths {
      let found = try topK(
        queries: tensor(force.queries, c.dim), items: tensor(force.items, c.dim),
        itemBias: force.bias.map { try Tensor($0) },
        k: c.k, excluding: ItemSets(force.excluded), seed: 3, path: path)
      #expect(found == expected, "path \(path)")
    }
  }

  @Test("Where every sum is exact, LibTorch's operators give the same answer, ties included")
  func tensorOperators() throws {
    var random = SeededGenerator(11)
    let force = BruteForce(
      queries: random.wholeVectors(40, 6), items: random.wholeVectors(700, 6), bias: random.wholeVectors(1, 700)[0],
      excluded: random.sets(40, of: 700, upTo: 40), k: 25, seed: 5, queryIDs: (0..<40).map { 1000 - $0 })
    let expected = force.run()
    for path in [.tensorOperators, .automatic] + vectorPaths {
      let found = try topK(
        queries: tensor(force.queries, 6), items: tensor(force.items, 6), itemBias: force.bias.map { try Tensor($0) },
        k: 25,
        excluding: ItemSets(force.excluded), queryIDs: force.queryIDs, seed: 5, path: path)
      #expect(found == expected, "path \(path)")
    }
  }

  @Test("Items that need several packed chunks are one ranking")
  func manyChunks() throws {
    var random = SeededGenerator(17)
    // 20,000 x 512 floats are 40 MB; a chunk holds 32.
    let force = BruteForce(
      queries: random.vectors(3, 512), items: random.vectors(20_000, 512),
      excluded: random.sets(3, of: 20_000, upTo: 5000),
      k: 40)
    let found = try topK(
      queries: tensor(force.queries, 512), items: tensor(force.items, 512), k: 40, excluding: ItemSets(force.excluded))
    #expect(found == force.run())
  }

  @Test("All scores equal: the hash alone decides, and the seed and the query change it")
  func allTied() throws {
    let queries = try Tensor.zeros([2, 4])
    let items = try Tensor.ones([1000, 4])
    let expected = BruteForce.rank(2, 1000, [], 20, 9, nil) { _, _ in 0 }
    for path in [.automatic, .tensorOperators] + vectorPaths {
      #expect(try topK(queries: queries, items: items, k: 20, seed: 9, path: path) == expected, "path \(path)")
    }
    #expect(expected.ids(of: 0) != expected.ids(of: 1))
    #expect(try topK(queries: queries, items: items, k: 20, seed: 10).ids != expected.ids)
  }

  @Test("Neither the number of threads nor the blocks show in the answer")
  func threadsAndBlocks() throws {
    var random = SeededGenerator(23)
    let queries = try tensor(random.wholeVectors(130, 3), 3)
    let items = try tensor(random.wholeVectors(400, 3), 3)
    let whole = try topK(queries: queries, items: items, k: 30, seed: 1)
    let threads = Engine.threads
    try Engine.setThreads(1)
    defer { try? Engine.setThreads(threads) }
    #expect(try topK(queries: queries, items: items, k: 30, seed: 1) == whole)
    var ids: [Int32] = []
    for start in stride(from: 0, to: 130, by: 37) {
      let end = min(130, start + 37)
      ids += try topK(
        queries: queries.narrow(dim: 0, start: start, length: end - start), items: items, k: 30,
        queryIDs: Array(start..<end), seed: 1
      ).ids
    }
    #expect(ids == whole.ids)
  }

  @Test("A query that has seen everything gets nothing; k beyond the items is padded")
  func nothingLeft() throws {
    let queries = try Tensor.ones([2, 3])
    let items = try Tensor.ones([4, 3])
    let best = try topK(queries: queries, items: items, k: 6, excluding: ItemSets([[3, 1, 0, 2, 2], [1]]))
    #expect(best.ids(of: 0).isEmpty)
    #expect(best.ids[0..<6].allSatisfy { $0 == -1 })
    #expect(best.scores[0..<6].allSatisfy { $0 == -.infinity })
    #expect(Set(best.ids(of: 1)) == [0, 2, 3])
    #expect(best.scores(of: 1).allSatisfy { $0 == 3 })
    #expect(best.ids[9...].allSatisfy { $0 == -1 })
  }

  @Test("No queries, no items and no dimensions are answers, not faults")
  func empty() throws {
    #expect(try topK(queries: Tensor.ones([0, 3]), items: Tensor.ones([4, 3]), k: 2).ids.isEmpty)
    #expect(try topK(queries: Tensor.ones([2, 3]), items: Tensor.ones([0, 3]), k: 2).ids == [-1, -1, -1, -1])
    #expect(try topK(queries: Tensor.ones([1, 0]), items: Tensor.ones([3, 0]), k: 2).scores == [0, 0])
  }

  @Test("Views, other float types and a graph change nothing")
  func inputs() throws {
    var random = SeededGenerator(31)
    let queries = try tensor(random.wholeVectors(9, 12), 12)
    let items = try tensor(random.wholeVectors(100, 12), 12)
    let expected = try topK(queries: queries, items: items, k: 7)
    let strided = try items.t().contiguous().t()
    #expect(!strided.isContiguous)
    #expect(try topK(queries: queries, items: strided, k: 7) == expected)
    for dtype in [DType.float64, .float16, .bfloat16] {
      #expect(try topK(queries: queries.to(dtype: dtype), items: items.to(dtype: dtype), k: 7) == expected)
    }
    let learned = try items.clone().requiresGrad_()
    #expect(try topK(queries: queries, items: learned, k: 7, path: .tensorOperators) == expected)
    let underAutocast = try autocast(device: .cpu, dtype: .bfloat16) {
      try topK(queries: queries, items: items.mul(1.001), k: 7, path: .tensorOperators).ids
    }
    #expect(try underAutocast == topK(queries: queries, items: items.mul(1.001), k: 7, path: .tensorOperators).ids)
  }

  @Test("No handle stays behind")
  func handles() throws {
    let queries = try Tensor.ones([4, 3])
    let before = Engine.liveHandles
    _ = try topK(queries: queries, items: Tensor.ones([5, 3]), k: 2)
    _ = try? topK(queries: queries, items: Tensor.ones([5, 2]), k: 2)
    #expect(Engine.liveHandles == before)
  }
}
