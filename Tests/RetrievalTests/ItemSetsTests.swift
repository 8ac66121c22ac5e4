import Retrieval
import Testing

@Suite struct ItemSetsTests {
  @Test("Rows come back as they were put in")
  func rows() throws {
    let sets = ItemSets([[4, 7], [], [0]])
    #expect(sets.count == 3)
    #expect(sets.offsets == [0, 2, 2, 3])
    #expect(Array(sets[0]) == [4, 7] && sets[1].isEmpty && Array(sets[2]) == [0])
    #expect(try ItemSets(offsets: sets.offsets, ids: sets.ids) == sets)
    #expect(try sets.rows([2, 0, 2]) == ItemSets([[0], [4, 7], [0]]))
    #expect(ItemSets([]).count == 0)
  }

  @Test("Offsets that do not fit and rows that are not there are errors")
  func faults() {
    #expect(throws: ItemSetsError.ends(first: nil, last: nil, ids: 0)) { try ItemSets(offsets: [], ids: []) }
    #expect(throws: ItemSetsError.ends(first: 0, last: 3, ids: 2)) { try ItemSets(offsets: [0, 3], ids: [1, 2]) }
    #expect(throws: ItemSetsError.falling(row: 1, from: 2, to: 1)) {
      try ItemSets(offsets: [0, 2, 1, 2], ids: [1, 2])
    }
    let error = #expect(throws: ItemSetsError.self) { try ItemSets([[1]]).rows([0, 5]) }
    #expect(error?.description.contains("row 5 is outside 0..<1") == true)
  }
}
