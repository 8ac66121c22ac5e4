import Models
import Testing
import Torch
import TorchNN

@Suite struct ModelTableTests {
  /// In the toy space there are 7 users, 11 items and, with the side fields, 26 features; no layer has such a size.
  @Test("what is said before a model is built is what it builds", arguments: ModelCase.all)
  func tables(_ one: ModelCase) throws {
    let tables = try one.configuration.tables(in: ModelCase.space())
    let built = try one.make(spread: false).namedParameters().filter {
      [7, 11, 26].contains($0.tensor.shape.first ?? 0)
    }
    #expect(
      Set(built.map(\.name)) == Set(tables.map { $0.name.hasSuffix(".bias") ? $0.name : "\($0.name).weight" }))
    #expect(Set(tables.map(\.name)).count == tables.count)
    for (name, tensor) in built {
      let table = try #require(tables.first { name == $0.name || name == "\($0.name).weight" })
      #expect(tensor.shape.first == table.rows && tensor.count == table.rows * table.dimension)
    }
  }

  @Test func partsThatAreSwitchedOffAreNotCounted() throws {
    let space = try ModelCase.space()
    #expect(
      ModelConfiguration.mf(.init(factors: 4, biases: false)).tables(in: space) == [
        ModelTable("user_factors", rows: 7, dimension: 4), ModelTable("item_factors", rows: 11, dimension: 4),
      ])
    #expect(ModelConfiguration.fm(.init(factors: 4, useFields: false)).tables(in: space).map(\.rows) == [18, 18])
  }
}
