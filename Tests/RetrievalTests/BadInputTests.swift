import Retrieval
import Testing
import Torch

@Suite struct BadInputTests {
  private func message(_ body: () throws -> TopK) -> String {
    do {
      _ = try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test("Each says what it got and what to do")
  func messages() throws {
    let queries = try Tensor.ones([2, 3])
    let items = try Tensor.ones([4, 3])
    #expect(message { try topK(queries: queries, items: items, k: 0) }.contains("k = 0; ask for 1 or more"))
    #expect(message { try topK(queries: queries, items: items, k: -5) }.contains("k = -5"))
    #expect(message { try topK(queries: queries, items: items, k: .max) }.contains("do not fit"))
    #expect(
      message { try topK(queries: queries, items: Tensor.ones([4, 2]), k: 1) }.contains("[2, 3] and items [4, 2]"))
    #expect(message { try topK(queries: Tensor.ones([3]), items: items, k: 1) }.contains("pass [Q, D] and [N, D]"))
    #expect(
      message { try topK(queries: queries, items: items, itemBias: Tensor.ones([3]), k: 1) }.contains("item bias [3]"))
    #expect(message { try topK(scores: Tensor([1, 2] as [Int], shape: [1, 2]), k: 1) }.contains("floating-point"))
    #expect(message { try topK(scores: Tensor.ones([3]), k: 1) }.contains("pass [Q, N]"))
    #expect(message { try topK(scores: queries, k: 1, queryIDs: [1]) }.contains("1 query ids for 2 queries"))
    #expect(message { try topK(scores: queries, k: 1, excluding: ItemSets([[0]])) }.contains("2 offsets"))
    #expect(
      message { try topK(scores: queries, k: 1, excluding: ItemSets([[0], [1, 3]])) }.contains(
        "excluded item 3 at position 2 is outside 0..<3"))
    #expect(message { try topK(scores: queries, k: 1, excluding: ItemSets([[-1], []])) }.contains("excluded item -1"))
  }
}
