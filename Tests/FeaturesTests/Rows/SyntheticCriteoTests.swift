import Features
import Foundation
import Sparse
import Testing
import Torch

@Suite struct SyntheticCriteoTests {
  @Test(arguments: SyntheticCriteo.Preset.allCases, [1, 2])
  func aWrittenFileIsTheSame(preset: SyntheticCriteo.Preset, goals: Int) throws {
    let folder = try TemporaryFolder()
    let source = try SyntheticCriteo(.init(preset: preset, seed: 3, goals: goals))
    let path = folder.path + "/log.tsv"
    try source.writeTSV(rows: 500..<4_500, to: path)
    let made = try RowCase.all(
      try SyntheticCriteoBatches(source, rows: 500..<4_500, batchSize: 700, workers: 2)
    ).map { try RowCase.contents($0) }
    let read = try RowCase.all(
      try RowLoader(RowFiles([path], format: .criteo), pipeline: source.pipeline, batchSize: 700)
    ).map { try RowCase.contents($0) }
    #expect(made == read && made.count == 6)
    #expect(try RowCase.contents(source.batch(rows: 1_200..<1_900)) == made[1])
  }

  @Test func rowsFollowTheSeedAlone() throws {
    let source = try SyntheticCriteo()
    let whole = try source.batch(rows: 0..<100)
    let part = try source.batch(rows: 40..<60)
    #expect(try part.labels.floats() == Array(whole.labels.floats()[40..<60]))
    #expect(try SyntheticCriteo().batch(rows: 0..<100).sparse.values.ints() == whole.sparse.values.ints())
    let other = try SyntheticCriteo(.init(seed: 2)).batch(rows: 0..<100)
    #expect(try other.sparse.values.ints() != whole.sparse.values.ints())
    // Resumed, and shared out to ranks.
    let batches = try SyntheticCriteoBatches(source, rows: 0..<1_000, batchSize: 300)
    #expect(try RowCase.all(batches, from: 2).map(\.count) == [300, 100])
    #expect(try RowCase.all(batches, from: 9).isEmpty)
    let ranks = try (0..<3).map {
      try RowCase.all(SyntheticCriteoBatches(source, rows: 0..<11, batchSize: 10, shard: .init(rank: $0, world: 3)))
        .map(\.count)
    }
    #expect(ranks == [[4, 1], [3, 0], [3, 0]])
  }

  /// AUC by counting pairs, through ranks.
  func auc(_ scores: [Float], _ labels: [Float]) -> Double {
    let order = scores.indices.sorted { scores[$0] < scores[$1] }
    var (sum, positives) = (0.0, 0.0)
    for (rank, row) in order.enumerated() where labels[row] > 0 {
      sum += Double(rank + 1)
      positives += 1
    }
    return (sum - positives * (positives + 1) / 2) / (positives * (Double(labels.count) - positives))
  }

  @Test(arguments: SyntheticCriteo.Preset.allCases)
  func theCeilingIsKnown(preset: SyntheticCriteo.Preset) throws {
    let source = try SyntheticCriteo(.init(preset: preset))
    let rows = 0..<100_000
    let labels = try source.batch(rows: rows).labels.floats()
    let planted = try source.probabilities(rows: rows)
    let ceiling = auc(planted, labels)
    #expect(ceiling > 0.775 && ceiling < 0.805)
    let clicks = labels.reduce(0, +) / Float(labels.count)
    #expect(abs(clicks - 0.25) < 0.01)
    // The planted probabilities are calibrated.
    #expect(abs(planted.reduce(0, +) / Float(planted.count) - clicks) < 0.006)
  }

  @Test func purchasesAreLikeClicksAndNotTheSame() throws {
    let source = try SyntheticCriteo(.init(goals: 2))
    #expect(source.pipeline.space.labels == ["click", "buy"])
    let labels = try source.batch(rows: 0..<50_000).labels
    #expect(labels.shape == [50_000, 2])
    let values = try labels.floats()
    let clicks = stride(from: 0, to: values.count, by: 2).map { values[$0] }
    let purchases = stride(from: 1, to: values.count, by: 2).map { values[$0] }
    // The clicks are those of one goal.
    #expect(try clicks.prefix(1_000) == SyntheticCriteo().batch(rows: 0..<1_000).labels.floats()[...])
    #expect(abs(purchases.reduce(0, +) / 50_000 - 0.27) < 0.05)
    // Who clicks buys more often.
    let both = zip(clicks, purchases).map(*).reduce(0, +)
    #expect(both / clicks.reduce(0, +) > 1.2 * purchases.reduce(0, +) / 50_000)
  }

  @Test func idsAreZipf() throws {
    let sizes = [3_000_000] + [Int](repeating: 50, count: 25)
    let source = try SyntheticCriteo(.init(tableSizes: sizes))
    let batch = try source.batch(rows: 0..<50_000)
    let large = try RowCase.ids(batch, "C1").map { $0[0] }
    #expect(large.min() ?? 0 > 0 && large.max() ?? 0 > 1_000_000 && large.max() ?? 0 <= 3_000_000)
    let first = large.count { $0 == 1 }
    let second = large.count { $0 == 2 }
    #expect(abs(Double(first) / Double(second) - pow(2, 1.2)) < 0.2)
    // C3 has blanks.
    let blanks = try RowCase.ids(batch, "C3").count { $0 == [0] }
    #expect(abs(blanks - 2_000) < 300)
  }

  @Test func impossibleParametersAreRefused() {
    for parameters in [
      SyntheticCriteo.Parameters(tableSizes: [5]), .init(tableSizes: [Int](repeating: 1, count: 26)), .init(skew: -1),
      .init(positiveRate: 0), .init(signal: .nan),
    ] {
      #expect(throws: DataError.self) { try SyntheticCriteo(parameters) }
    }
    #expect(throws: DataError.self) { try SyntheticCriteo().batch(rows: -5..<3) }
  }
}
