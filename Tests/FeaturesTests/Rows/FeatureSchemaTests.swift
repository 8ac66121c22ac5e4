import Features
import Foundation
import Testing

@Suite struct FeatureSchemaTests {
  static let everything = FeatureSchema([
    FeatureColumn("click", .label()),
    FeatureColumn("stars", .label(minimum: 1, maximum: 5, isOptional: true)),
    FeatureColumn("w", .weight),
    FeatureColumn("user", .group),
    FeatureColumn("user_id", .categorical(.hash(size: 50, seed: 3)), source: "user"),
    FeatureColumn("price", .dense(.standardise)),
    FeatureColumn("age", .dense(.buckets(edges: [18, 30, 65]))),
    FeatureColumn("views", .dense(.quantiles(count: 4))),
    FeatureColumn("item", .categorical(.vocabulary(minimumCount: 2))),
    FeatureColumn("tags", .bag(.vocabulary(), separator: "|", isWeighted: true)),
    FeatureColumn("seen", .sequence(.modulo(size: 10), separator: " ", maximumLength: 3)),
    FeatureColumn("text", .vector(width: 2, .list(separator: ";"))),
    FeatureColumn("note", .ignored),
  ])

  @Test func survivesJSON() throws {
    let data = try JSONEncoder().encode(FeatureSchemaTests.everything)
    #expect(try JSONDecoder().decode(FeatureSchema.self, from: data) == FeatureSchemaTests.everything)
    #expect(FeatureSchemaTests.everything.faults.isEmpty)
    #expect(FeatureSchemaTests.everything.labels == ["click", "stars"])
  }

  @Test func criteoHasItsColumns() throws {
    let schema = FeatureSchema.criteo(ids: .hash(size: 100))
    #expect(schema.columns.map(\.name).first == "label" && schema.columns.count == 40)
    let space = try FeaturePipeline(schema).space
    #expect(space.dense == (1...13).map { "I\($0)" })
    #expect(space.categorical == (1...26).map { .init("C\($0)", rows: 101) })
    #expect(space.labels == ["label"])
  }

  @Test func faultsAreReportedTogether() {
    let schema = FeatureSchema([
      FeatureColumn("a", .dense(.buckets(edges: [2, 1]))), FeatureColumn("a", .categorical(.hash(size: 0))),
      FeatureColumn("b", .bag(.vocabulary(minimumCount: 0), separator: "::")), FeatureColumn("w", .weight),
      FeatureColumn("v", .weight), FeatureColumn("x", .vector(width: 0, .table(path: "x.csv"))),
      FeatureColumn("c", .categorical(.modulo(size: 5, radix: 7))),
      FeatureColumn("t", .bag(.hash(size: 5), separator: ":", isWeighted: true)),
    ])
    let faults = schema.faults
    #expect(faults.count == 11)
    #expect(faults.compactMap(\.column) == [0, 1, 1, 2, 2, 5, 5, 6, 7])
    #expect(faults.map(\.problem).contains("no column is a label"))
    let error = #expect(throws: DataError.self) { try FeaturePipeline(schema) }
    #expect(error?.code == .invalidArgument)
  }

  @Test func aSchemaThatLearnsHasToBeFitted() throws {
    #expect(FeatureSchema.criteo().needsFit)
    #expect(throws: DataError.self) { try FeaturePipeline(.criteo()) }
  }
}
