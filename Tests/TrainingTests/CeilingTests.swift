import Features
import RecommenderMetrics
import Models
import Testing
import Torch
import Training

@Suite struct CeilingTests {
  private func batches(goals: Int) throws -> SyntheticCriteoBatches {
    try SyntheticCriteoBatches(SyntheticCriteo(.init(goals: goals)), rows: 1_000..<21_000, batchSize: 3_000)
  }

  @Test func itIsTheAUCOfThePlantedProbabilities() throws {
    let batches = try batches(goals: 1)
    let model = try RankerRegistry.make(name: "lr", space: batches.space)
    let result = try RankerEvaluator(batches).evaluate(model)
    var metrics = try RankerMetrics(auc: .exact)
    try metrics.update(
      probabilities: batches.source.probabilities(rows: batches.rows),
      labels: batches.source.batch(rows: batches.rows).labels.floats())
    #expect(result["auc_ceiling"] == metrics.report()["auc"])
    #expect(result.metrics.map(\.name).prefix(3) == ["auc", "auc_ceiling", "logloss"])
    #expect(try #require(result["auc_ceiling"]) > 0.77)
  }

  @Test func eachGoalHasItsOwn() throws {
    let batches = try batches(goals: 2)
    let model = try RankerRegistry.make(name: "mmoe", parameters: ["dimension": .integer(4)], space: batches.space)
    let result = try RankerEvaluator(batches).evaluate(model)
    let single = try ["click", "buy"].map { try #require(result["\($0)/auc_ceiling"]) }
    #expect(single.allSatisfy { $0 > 0.74 && $0 < 0.82 } && single[0] != single[1])
    #expect(result["auc_ceiling"] == (single[0] + single[1]) / 2)
  }

  @Test func otherRowsHaveNone() throws {
    let rows = ToyRows(rows: 0..<200)
    let result = try RankerEvaluator(rows).evaluate(RankerRegistry.make(name: "lr", space: rows.space))
    #expect(result["auc"] != nil && result["auc_ceiling"] == nil)
  }
}
