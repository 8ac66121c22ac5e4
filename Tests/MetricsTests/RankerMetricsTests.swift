import Foundation
import RecommenderMetrics
import Testing
import Torch

@Suite struct RankerMetricsTests {
  @Test(arguments: [RankerMetrics.AUCMethod.exact, .streaming], ["weighted", "plain"])
  func matchesTheReference(method: RankerMetrics.AUCMethod, kind: String) throws {
    let golden = try RankerGolden.load()
    // A window counts samples with an answer, so each goal has its own.
    var metrics = try RankerMetrics(goals: golden.goals, windowSize: golden.window, auc: method)
    try golden.feed(&metrics, 0..<golden.rows, weighted: kind == "weighted")
    let report = metrics.report()
    #expect(report.count == golden.rows)
    for (goal, expected) in try #require(golden.values[kind]) {
      for (name, value) in expected.whole {
        let tolerance = name == "auc" && method == .streaming ? 1e-4 : 1e-9
        #expect(near(report["\(goal)/\(name)"], value, tolerance), "\(goal)/\(name)")
      }
      for (name, value) in expected.window {
        #expect(near(report["\(goal)/window_\(name)"], value, 1e-9), "\(goal)/window_\(name)")
      }
    }
    #expect(report.values.count == 2 * 2 * 8)
  }

  @Test func namesInTheOrderOfATable() throws {
    var metrics = try RankerMetrics()
    try metrics.update(probabilities: [0.2, 0.7], labels: [0, 1])
    let names = ["auc", "logloss", "ne", "calibration", "rmse", "mae", "ctr"]
    #expect(metrics.report().values.map(\.name) == names + names.map { "window_" + $0 })
    var without = try RankerMetrics(windowSize: 0)
    try without.update(probabilities: [0.2, 0.7], labels: [0, 1], groups: [1, 1])
    #expect(without.report().values.map(\.name) == names + ["gauc"])
    without.reset()
    #expect(without.report().values.isEmpty && without.report().count == 0)
  }

  /// Whatever the sizes of batches and window, it is the last samples that the window has.
  @Test(arguments: [1, 2, 7, 30], [1, 5, 8, 100])
  func theWindowHasTheLastSamples(batch: Int, window: Int) throws {
    let samples = MadeSamples(count: 61, bias: 0, spread: 1, seed: 11)
    var metrics = try RankerMetrics(windowSize: window)
    var seen = 0
    while seen < 61 {
      let part = seen..<min(61, seen + batch)
      // Weights that come and go.
      try metrics.update(
        probabilities: Array(samples.probabilities[part]), labels: Array(samples.labels[part]),
        weights: seen % 3 == 0 ? part.map { _ in 1 } : nil)
      seen = part.upperBound
      var sums = ProbabilitySums()
      try sums.add(
        probabilities: Array(samples.probabilities[..<seen].suffix(window)),
        labels: Array(samples.labels[..<seen].suffix(window)))
      #expect(near(metrics.report()["window_mae"], try #require(MAE.value(of: sums))))
      #expect(near(metrics.report()["window_logloss"], try #require(LogLoss.value(of: sums))))
    }
  }

  @Test func theWindowKeepsWeights() throws {
    var metrics = try RankerMetrics(windowSize: 3)
    try metrics.update(probabilities: [0.5, 0.5], labels: [1, 0], weights: [3, 1])
    #expect(metrics.report()["window_ctr"] == 0.75)
    try metrics.update(probabilities: [0.5, 0.5], labels: [0, 0])
    // The first sample is gone: weights 1, 1, 1.
    #expect(metrics.report()["window_ctr"] == 0)
    try metrics.update(probabilities: [0.5], labels: [1], weights: [2])
    #expect(metrics.report()["window_ctr"] == 0.5)
  }

  @Test func aResumedRunContinues() throws {
    let golden = try RankerGolden.load()
    for method in [RankerMetrics.AUCMethod.exact, .streaming] {
      var straight = try RankerMetrics(goals: golden.goals, windowSize: 250, auc: method)
      try golden.feed(&straight, 0..<golden.rows, weighted: true)
      var stopped = try RankerMetrics(goals: golden.goals, windowSize: 250, auc: method)
      try golden.feed(&stopped, 0..<97 * 7, weighted: true)
      let state = try JSONEncoder().encode(stopped)
      var resumed = try JSONDecoder().decode(RankerMetrics.self, from: state)
      try golden.feed(&resumed, 97 * 7..<golden.rows, weighted: true)
      for (mine, theirs) in zip(resumed.report().values, straight.report().values) {
        #expect(mine.name == theirs.name)
        #expect(near(mine.value, theirs.value, 1e-12))
      }
    }
  }

  @Test func ranksMergeIntoTheWhole() throws {
    let golden = try RankerGolden.load()
    let empty = try RankerMetrics(goals: golden.goals, windowSize: 2_000)
    var whole = empty
    try golden.feed(&whole, 0..<golden.rows, weighted: true)
    var ranks = [empty, empty, empty]
    for rank in 0..<3 { try golden.feed(&ranks[rank], rank * 400..<(rank + 1) * 400, weighted: true) }
    var merged = ranks[0]
    try merged.merge(ranks[1])
    try merged.merge(ranks[2])
    #expect(merged.count == golden.rows)
    #expect(merged.windowSize == 6_000)
    for value in whole.report().values {
      #expect(near(merged.report()[value.name], value.value, 1e-12), "\(value.name)")
    }
    #expect(throws: MetricError.self) { try merged.merge(RankerMetrics(goals: ["click"])) }
    #expect(throws: MetricError.self) { try merged.merge(RankerMetrics(goals: golden.goals, auc: .exact)) }
  }

  @Test func tensorsAreTaken() throws {
    var arrays = try RankerMetrics(goals: ["a", "b"])
    try arrays.update(
      probabilities: [0.5, 0.75, 0.25, 0.5], labels: [1, 0, .nan, 1], weights: [1, 2], groups: [3, 3])
    var tensors = try RankerMetrics(goals: ["a", "b"])
    // logit(0.75) = ln 3
    let logits = try Tensor([0, Float(log(3.0)), Float(-log(3.0)), 0]).reshape([2, 2])
    try tensors.update(
      logits: logits, labels: Tensor([1, 0, Float.nan, 1]).reshape([2, 2]), weights: Tensor([1, 2] as [Float]),
      groups: Tensor([3, 3] as [Int64]))
    #expect(arrays.report().values.count == tensors.report().values.count)
    for value in arrays.report().values { #expect(near(tensors.report()[value.name], value.value, 1e-6)) }
    var probabilities = try RankerMetrics()
    try probabilities.update(
      probabilities: Tensor([0.5, 0.25] as [Float]).to(dtype: .bfloat16), labels: Tensor([1, 0] as [Float]))
    #expect(probabilities.report()["auc"] == 1)
  }

  @Test func faultsNameGoalAndRowAndAddNothing() throws {
    var metrics = try RankerMetrics(goals: ["click", "buy"])
    try metrics.update(probabilities: [0.5, 0.5], labels: [1, 0])
    let before = metrics.report().description
    func text(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    #expect(
      text { try metrics.update(probabilities: [0.5, 0.5, 0.5, 1.5], labels: [1, 0, 1, 0]) }
        == "buy: probability at position 1 is 1.5; pass probabilities, or logits by logits:")
    #expect(
      text { try metrics.update(probabilities: [0.5, .nan], labels: [1, 0]) }
        == "buy: probability at position 0 is nan; check the model's weights")
    #expect(
      text { try metrics.update(probabilities: [0.5, 0.5], labels: [-1, 0]) }
        == "click: label at position 0 is -1.0; make labels 0 to 1, or NaN where there is no answer")
    #expect(
      text { try metrics.update(probabilities: [0.5, 0.5], labels: [1, 0], weights: [.nan]) }
        == "2 goals: weight at position 0 is nan; make weights finite, 0 or more")
    #expect(
      text { try metrics.update(probabilities: [0.5, 0.5], labels: [1]) }.contains("2 probabilities for 1 labels"))
    #expect(text { try metrics.update(probabilities: [0.5], labels: [1]) }.contains("their numbers have to agree"))
    #expect(
      text { try metrics.update(probabilities: [0.5, 0.5], labels: [1, 0], weights: [1, 1]) }.contains("2 weights"))
    #expect(
      text { try metrics.update(probabilities: [0.5, 0.5], labels: [1, 0], groups: [1, 1]) }.contains("2 groups"))
    #expect(
      text { try metrics.update(probabilities: [0.5, 0.5], labels: [1, 0], groups: [1]) }.contains("gauc: 1 groups"))
    #expect(metrics.report().description == before)
    #expect(throws: MetricError.self) { try RankerMetrics(goals: []) }
    #expect(throws: MetricError.self) { try RankerMetrics(windowSize: -1) }
    try metrics.update(probabilities: [] as [Float], labels: [])
    #expect(metrics.count == 1)
  }

  /// A state whose parts do not belong together is an error.
  @Test(arguments: [
    ("[\"label\"]", "[\"a\",\"b\"]"), ("\"capacity\":4", "\"capacity\":1"), ("\"capacity\":4", "\"capacity\":-4"),
    ("{\"bits\":11}", "{\"bits\":10}"), ("\"hasGroups\":false", "\"hasGroups\":true"),
  ])
  func damagedStatesAreRefused(old: String, new: String) throws {
    var metrics = try RankerMetrics(windowSize: 4)
    try metrics.update(probabilities: [0.5, 0.25], labels: [1, 0])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(metrics), as: UTF8.self)
    let damaged = text.replacingOccurrences(of: old, with: new)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(RankerMetrics.self, from: Data(damaged.utf8)) }
    #expect(throws: Never.self) { try JSONDecoder().decode(RankerMetrics.self, from: Data(text.utf8)) }
  }
}
