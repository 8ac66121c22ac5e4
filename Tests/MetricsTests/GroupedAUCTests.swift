import Foundation
import RecommenderMetrics
import Testing

@Suite struct GroupedAUCTests {
  @Test func byHand() throws {
    var gauc = GroupedAUC()
    #expect(gauc.value == nil)
    try gauc.add(scores: [0.1, 0.9, 0.8, 0.3, 0.5], labels: [0, 1, 0, 1, 1], groups: [7, 7, 7, 8, 9])
    #expect(gauc.value == 1)
    // A second group of two impressions in the wrong order: 3 x 1 + 2 x 0 of 5.
    try gauc.add(scores: [0.7, 0.2], labels: [0, 1], groups: [-1, -1])
    #expect(near(gauc.value, 0.6))
    #expect(gauc.count == 7 && gauc.groupCount == 4)
    // A tie within a group is half a win.
    var tie = GroupedAUC()
    try tie.add(scores: [3, 3], labels: [0, 1], groups: [.max, .max])
    #expect(tie.value == 0.5)
  }

  @Test func groupsOfOneClassAreLeftOut() throws {
    var gauc = GroupedAUC()
    try gauc.add(scores: [1, 2, 3, 4], labels: [1, 1, 0, 0], groups: [1, 1, 2, 2])
    #expect(gauc.value == nil)
    // A class whose samples count nothing is no class.
    try gauc.add(scores: [1, 2], labels: [0, 1], groups: [3, 3], weights: [0, 5])
    #expect(gauc.value == nil)
  }

  @Test func partsMergeAndStatesAreKept() throws {
    let samples = MadeSamples(count: 3_000, bias: -1, spread: 1, seed: 5)
    var random = TestRandom(seed: 1)
    let groups = samples.labels.map { _ in Int64(bitPattern: random.next() % 90) }
    var whole = GroupedAUC()
    try whole.add(scores: samples.probabilities, labels: samples.labels, groups: groups)
    var first = GroupedAUC()
    try first.add(
      scores: Array(samples.probabilities[..<900]), labels: Array(samples.labels[..<900]), groups: Array(groups[..<900])
    )
    var second = GroupedAUC()
    try second.add(
      scores: Array(samples.probabilities[900...]), labels: Array(samples.labels[900...]), groups: Array(groups[900...])
    )
    first = try JSONDecoder().decode(GroupedAUC.self, from: JSONEncoder().encode(first))
    first.merge(second)
    #expect(first.groupCount == whole.groupCount)
    #expect(near(first.value, try #require(whole.value)))
  }

  @Test func faultsNameThePlace() {
    var gauc = GroupedAUC()
    let label = #expect(throws: MetricError.self) { try gauc.add(scores: [1, 2], labels: [0, 0.5], groups: [1, 1]) }
    #expect(label?.description == "gauc: label at position 1 is 0.5; make labels 0 or 1")
    #expect(throws: MetricError.lengths(metric: "gauc", "groups", 1, "scores", 2)) {
      try gauc.add(scores: [1, 2], labels: [0, 1], groups: [1])
    }
    #expect(gauc.count == 0)
    let state = #"{"names":"AQAAAAAAAAA=","groups":"BQAAAA==","scores":"AAAAAA==","weights":"AACAPw=="}"#
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(GroupedAUC.self, from: Data(state.utf8)) }
  }
}
