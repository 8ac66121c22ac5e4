import Foundation
import RecommenderMetrics
import Testing

@Suite struct StreamingAUCTests {
  /// From balanced classes to one click in a thousand, from wide logits to those of a weak model.
  @Test(arguments: [(0.0, 1.0), (-4.0, 1.0), (-7.0, 1.5), (-3.0, 0.5), (5.0, 2.0)])
  func isWithinATenThousandthOfExact(bias: Double, spread: Double) throws {
    let samples = MadeSamples(count: 100_000, bias: bias, spread: spread, seed: 3)
    var exact = AUC()
    var streaming = try StreamingAUC()
    try exact.add(scores: samples.probabilities, labels: samples.labels)
    try streaming.add(probabilities: samples.probabilities, labels: samples.labels)
    let (truth, value) = (try #require(exact.value), try #require(streaming.value))
    let bound = try #require(streaming.errorBound)
    #expect(abs(value - truth) < 5e-6)
    #expect(abs(value - truth) <= bound)
    #expect(bound < 1e-4)
    #expect(streaming.count == 100_000)
  }

  @Test func theBoundIsHonestWhereBinsAreTooWide() throws {
    // Two probabilities of one bin, in the wrong order: the worst that can be.
    var coarse = try StreamingAUC(bits: 1)
    try coarse.add(probabilities: [0.130, 0.135], labels: [1, 0])
    #expect(coarse.value == 0.5)
    #expect(coarse.errorBound == 0.5)
    var fine = try StreamingAUC(bits: 11)
    try fine.add(probabilities: [0.130, 0.135], labels: [1, 0])
    #expect(fine.value == 0)
    #expect(fine.errorBound == 0)
  }

  @Test func theEndsHaveBins() throws {
    var auc = try StreamingAUC(bits: 4)
    try auc.add(probabilities: [0, .leastNonzeroMagnitude, 0.5, 1, Float(1).nextDown], labels: [0, 0, 0, 1, 1])
    #expect(auc.value == 1)
    #expect(auc.errorBound == 0)
  }

  @Test func binsKeepTheOrder() throws {
    // A chain of growing probabilities, each above all the others before it.
    let chain = (0..<2000).map { Float($0) / 1999 }
    for bits in [1, 5, 11, 16] {
      var auc = try StreamingAUC(bits: bits)
      var labels = [Float](repeating: 0, count: 2000)
      for place in 1000..<2000 { labels[place] = 1 }
      try auc.add(probabilities: chain, labels: labels)
      #expect(try #require(auc.value) >= 1 - #require(auc.errorBound))
    }
  }

  @Test func weightsAndSoftLabelsCountTheirShare() throws {
    var soft = try StreamingAUC()
    try soft.add(probabilities: [0.2, 0.6, 0.4], labels: [0.25, 1, 0], weights: [4, 2, 1])
    // A positive of weight 1 and a negative of weight 3 at 0.2: pairs won 0.5 x 3 + 2 x 4 of 3 x 4.
    #expect(near(soft.value, 9.5 / 12))
    var hard = try StreamingAUC()
    try hard.add(probabilities: [0.2, 0.2, 0.6, 0.4], labels: [1, 0, 1, 0], weights: [1, 3, 2, 1])
    #expect(near(soft.value, try #require(hard.value)))
  }

  @Test func partsMergeAndStatesAreKept() throws {
    let samples = MadeSamples(count: 2_000, bias: -2, spread: 1, seed: 8)
    var whole = try StreamingAUC()
    try whole.add(probabilities: samples.probabilities, labels: samples.labels)
    var first = try StreamingAUC()
    try first.add(probabilities: Array(samples.probabilities[..<700]), labels: Array(samples.labels[..<700]))
    var kept = try JSONDecoder().decode(StreamingAUC.self, from: JSONEncoder().encode(first))
    var second = try StreamingAUC()
    try second.add(probabilities: Array(samples.probabilities[700...]), labels: Array(samples.labels[700...]))
    try kept.merge(second)
    #expect(kept.value == whole.value)
    #expect(kept.count == whole.count)
    #expect(throws: MetricError.merge("11 bits", "4 bits")) { try kept.merge(StreamingAUC(bits: 4)) }
  }

  @Test func faultsAreRefused() throws {
    #expect(throws: MetricError.self) { try StreamingAUC(bits: 0) }
    #expect(throws: MetricError.self) { try StreamingAUC(bits: 17) }
    var auc = try StreamingAUC()
    #expect(auc.value == nil && auc.errorBound == nil)
    #expect(throws: MetricError.self) { try auc.add(probabilities: [0.5, 1.5], labels: [0, 1]) }
    #expect(throws: MetricError.self) { try auc.add(probabilities: [.nan], labels: [0]) }
    #expect(throws: MetricError.self) { try auc.add(probabilities: [0.5], labels: [0], weights: [-1]) }
    #expect(auc.count == 0)
  }

  /// A damaged state is an error, never an end of the program.
  @Test(arguments: [
    ("\"bits\":11", "\"bits\":40"), ("\"places\":\"", "\"places\":\"////fw=="), ("\"count\"", "\"kount\""),
  ])
  func damagedStatesAreRefused(old: String, new: String) throws {
    var auc = try StreamingAUC()
    try auc.add(probabilities: [0.5, 0.1], labels: [0, 1])
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(auc), as: UTF8.self)
    let damaged = text.replacingOccurrences(of: old, with: new)
    #expect(damaged != text)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(StreamingAUC.self, from: Data(damaged.utf8)) }
  }
}
