import Retrieval
import Testing
import Torch

private let paths = RetrievalPath.allCases.filter(\.isAvailable)

@Suite struct TopKScoresTests {
  @Test(
    "Given scores are ranked as a sort ranks them", arguments: [(1, 1, 1), (3, 64, 5), (20, 130, 64), (7, 999, 1200)])
  func againstBruteForce(_ queries: Int, _ items: Int, _ k: Int) throws {
    var random = SeededGenerator(UInt64(items))
    let scores = random.vectors(queries, items).map { $0.map { ($0 * 40).rounded() / 4 } }
    let excluded = random.sets(queries, of: items, upTo: items / 3)
    let expected = BruteForce.rank(queries, items, excluded, k, 2, nil) { scores[$0][$1] + 0 }
    let matrix = try Tensor(Array(scores.joined()), shape: [queries, items])
    for path in paths {
      #expect(try topK(scores: matrix, k: k, excluding: ItemSets(excluded), seed: 2, path: path) == expected, "\(path)")
    }
    // Columns of a wider matrix: rows are further apart than they are long.
    let wide = try Tensor.cat([matrix, matrix], dim: 1).narrow(dim: 1, start: 0, length: items)
    #expect(try topK(scores: wide, k: k, excluding: ItemSets(excluded), seed: 2) == expected)
    #expect(try topK(scores: matrix.t().contiguous().t(), k: k, excluding: ItemSets(excluded), seed: 2) == expected)
  }

  @Test("Ascending, descending and constant rows, where candidates pile up or never come", arguments: paths)
  func orders(_ path: RetrievalPath) throws {
    let n = 5000
    let ascending = (0..<n).map { Float($0) }
    let rows = [ascending, ascending.reversed(), [Float](repeating: -1, count: n)]
    let expected = BruteForce.rank(3, n, [], 300, 0, nil) { rows[$0][$1] }
    #expect(try topK(scores: Tensor(Array(rows.joined()), shape: [3, n]), k: 300, path: path) == expected)
  }

  @Test("Minus infinity is no candidate, plus infinity is the best, and the two zeros are one score", arguments: paths)
  func specialValues(_ path: RetrievalPath) throws {
    let row: [Float] = [-.infinity, 1, .infinity, -0.0, 0.0, -.greatestFiniteMagnitude, -.leastNonzeroMagnitude, -0.0]
    let best = try topK(scores: Tensor(row, shape: [1, 8]), k: 8, seed: 4, path: path)
    let tie = TieBreak(seed: 4, query: 0)
    let zeros = [Int32(3), 4, 7].sorted { tie.hash($0) > tie.hash($1) }
    #expect(best.ids == [2, 1] + zeros + [6, 5, -1])
    #expect(best.scores[0] == .infinity && best.scores[6] == -.greatestFiniteMagnitude)
  }

  @Test("A NaN is an error that names the lowest query and item", arguments: paths)
  func notANumber(_ path: RetrievalPath) throws {
    var rows = [[Float]](repeating: [Float](repeating: 1, count: 200), count: 90)
    rows[70][3] = .nan
    rows[41][150] = .nan
    rows[41][160] = .nan
    let matrix = try Tensor(Array(rows.joined()), shape: [90, 200])
    let error = #expect(throws: TorchError.self) {
      try topK(scores: matrix, k: 5, queryIDs: (0..<90).map { $0 + 500 }, path: path)
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("query 541 (row 41) scores item 150 as NaN") == true, "\(error?.message ?? "")")
  }

  @Test("A NaN that the query may not get is never looked at", arguments: paths)
  func excludedNotANumber(_ path: RetrievalPath) throws {
    let best = try topK(
      scores: Tensor([.nan, 2, 3] as [Float], shape: [1, 3]), k: 2, excluding: ItemSets([[0]]), path: path)
    #expect(best.ids == [2, 1])
  }

  @Test("A NaN in a dot product names its query")
  func notANumberFromVectors() throws {
    let queries = try Tensor([1, 1, .nan, 1] as [Float], shape: [2, 2])
    let error = #expect(throws: TorchError.self) { try topK(queries: queries, items: Tensor.ones([3, 2]), k: 1) }
    #expect(error?.message.contains("query 1 (row 1)") == true)
  }
}
