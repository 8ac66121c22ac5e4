import Features
import Foundation
import Sparse
import Testing
import Torch

@Suite struct RowLoaderTests {
  /// Files of numbered rows: the number stands in `x`, every fourth label is 1.
  struct Numbered {
    let folder: TemporaryFolder
    let files: RowFiles
    let pipeline: FeaturePipeline

    init(counts: [Int] = [9_000, 1, 6_500], gzip: [Int] = []) throws {
      folder = try TemporaryFolder()
      var first = 0
      var paths: [String] = []
      for (number, count) in counts.enumerated() {
        let lines = (first..<first + count).map { "\($0 % 4 == 0 ? 1 : 0),\($0),filler-\($0 % 7)\n" }
        let text = "y,x,t\n" + lines.joined()
        paths.append(
          gzip.contains(number)
            ? try folder.write("\(number).csv.gz", Gzip.wrap(text)) : try folder.write("\(number).csv", text))
        first += count
      }
      files = RowFiles(paths, format: .csv)
      pipeline = try FeaturePipeline(
        FeatureSchema([
          FeatureColumn("y", .label()), FeatureColumn("x", .dense()), FeatureColumn("t", .categorical(.hash(size: 99))),
        ]))
    }

    func loader(
      batchSize: Int = 300, shuffle: Int? = nil, seed: UInt64 = 1, workers: Int = 0, shard: RowShard = RowShard(),
      negativeRate: Double = 1
    ) throws -> RowLoader {
      try RowLoader(
        files, pipeline: pipeline, batchSize: batchSize, shuffle: shuffle.map { RowShuffle(rows: $0) }, seed: seed,
        workers: workers, shard: shard, negativeRate: negativeRate)
    }

    func numbers(_ batches: [FeatureBatch]) throws -> [[Int]] {
      try batches.map { try $0.dense.floats().map { Int($0) } }
    }
  }

  @Test(arguments: [[], [0], [0, 1, 2]]) func everyRowComesOnce(gzip: [Int]) throws {
    let log = try Numbered(gzip: gzip)
    let plain = try log.numbers(try RowCase.all(log.loader()))
    #expect(plain.flatMap { $0 } == Array(0..<15_501))
    #expect(plain.map(\.count) == [Int](repeating: 300, count: 51) + [201])
    for epoch in 0..<2 {
      let shuffled = try log.numbers(try RowCase.all(log.loader(shuffle: 4_000), epoch: epoch)).flatMap { $0 }
      #expect(shuffled != plain.flatMap { $0 } && shuffled.sorted() == Array(0..<15_501))
      // Neighbours in the file are far apart.
      let steps = zip(shuffled, shuffled.dropFirst()).count { abs($0 - $1) < 3 }
      #expect(steps < 100)
    }
  }

  @Test(arguments: [[], [0, 2]]) func workersChangeNothing(gzip: [Int]) throws {
    let log = try Numbered(gzip: gzip)
    for shuffle in [nil, 3_000] {
      let one = try RowCase.all(log.loader(shuffle: shuffle, negativeRate: 0.7), epoch: 3).map {
        try RowCase.contents($0)
      }
      for workers in 1...3 {
        let other = try RowCase.all(log.loader(shuffle: shuffle, workers: workers, negativeRate: 0.7), epoch: 3)
        #expect(try other.map { try RowCase.contents($0) } == one)
      }
    }
    let seeds = try [1, 2].map { try log.numbers(try RowCase.all(log.loader(shuffle: 3_000, seed: $0))) }
    #expect(seeds[0] != seeds[1])
    let epochs = try [0, 1].map { try log.numbers(try RowCase.all(log.loader(shuffle: 3_000), epoch: $0)) }
    #expect(epochs[0] != epochs[1])
  }

  @Test(arguments: [[], [1], [0, 2]]) func resumesAtABatch(gzip: [Int]) throws {
    let log = try Numbered(gzip: gzip)
    for (shuffle, rate) in [(nil, 1.0), (2_000, 1.0), (2_000, 0.5)] as [(Int?, Double)] {
      let loader = try log.loader(shuffle: shuffle, workers: 1, negativeRate: rate)
      let whole = try log.numbers(try RowCase.all(loader, epoch: 2))
      for start in [1, 7, whole.count - 1, whole.count, whole.count + 5] {
        let rest = try log.numbers(try RowCase.all(loader, epoch: 2, from: start))
        #expect(rest == Array(whole.dropFirst(start)), "from \(start)")
      }
    }
  }

  @Test(arguments: [[], [0], [0, 1, 2]]) func ranksShareTheRows(gzip: [Int]) throws {
    let log = try Numbered(gzip: gzip)
    for (world, shuffle) in [(2, nil), (3, 2_000)] as [(Int, Int?)] {
      let whole = try log.numbers(try RowCase.all(log.loader(shuffle: shuffle, workers: 1), epoch: 1))
      let parts = try (0..<world).map { rank in
        let shard = RowShard(rank: rank, world: world)
        let batches = try RowCase.all(log.loader(shuffle: shuffle, workers: 1, shard: shard), epoch: 1)
        #expect(batches.map(\.wholeCount) == whole.map(\.count))
        return try log.numbers(batches)
      }
      // Put together they are the batches of one process.
      #expect(whole.indices.map { batch in parts.flatMap { $0[batch] } } == whole)
    }
  }

  @Test func negativesAreDownSampled() throws {
    let log = try Numbered()
    let kept = try RowCase.all(log.loader(negativeRate: 0.25))
    let labels = try RowCase.labels(kept)
    #expect(labels.count { $0 == 1 } == 3_876)
    let negatives = labels.count { $0 == 0 }
    // 11,625 negatives: six deviations are 280.
    #expect(abs(negatives - 2_906) < 280)
    let other = try log.numbers(try RowCase.all(log.loader(negativeRate: 0.25), epoch: 1)).flatMap { $0 }
    #expect(try log.numbers(kept).flatMap { $0 } != other)
    // A model that learnt from them overrates; the correction brings the share of all rows back.
    let share = Float(labels.count { $0 == 1 }) / Float(labels.count)
    let corrected = NegativeSampling.corrected(probability: share, rate: 0.25)
    #expect(abs(corrected - 0.25) < 0.01)
    let logit = NegativeSampling.corrected(logit: Float(log_(Double(share / (1 - share)))), rate: 0.25)
    #expect(abs(1 / (1 + exp(-logit)) - corrected) < 1e-6)
    #expect(NegativeSampling.corrected(probability: 0.5, rate: 1) == 0.5)
    #expect(NegativeSampling.corrected(probability: 0, rate: 0.1) == 0)
  }

  private func log_(_ value: Double) -> Double { Foundation.log(value) }

  @Test func countsAndEstimates() throws {
    let log = try Numbered()
    let loader = try log.loader()
    #expect(loader.rowsPerEpoch == nil)
    #expect(abs(loader.estimatedRows - 15_501) < 3_000)
    _ = try RowCase.all(loader)
    #expect(loader.rowsPerEpoch == 15_501)
  }

  @Test func impossibleSizesAreRefused() throws {
    let log = try Numbered(counts: [3])
    #expect(throws: DataError.self) { try log.loader(batchSize: 0) }
    #expect(throws: DataError.self) { try log.loader(shuffle: 0) }
    #expect(throws: DataError.self) { try log.loader(workers: -1) }
    #expect(throws: DataError.self) { try log.loader(shard: RowShard(rank: 2, world: 2)) }
    #expect(throws: DataError.self) { try log.loader(negativeRate: 0) }
    #expect(throws: DataError.self) { try log.loader(negativeRate: .nan) }
  }

  /// An epoch that nobody finishes ends its work.
  @Test func aLeftEpochIsDropped() throws {
    let log = try Numbered()
    for _ in 0..<20 {
      let iterator = try log.loader(shuffle: 2_000, workers: 2).epoch(0, startingAtBatch: 0)
      #expect(try iterator.next()?.count == 300)
    }
  }
}
