import Foundation

/// Batches of made-up click logs, each made in a worker thread when its turn comes near. Every epoch has the same ones.
public final class SyntheticCriteoBatches: FeatureBatches {
  public let batchSize: Int
  /// The rows of all ranks.
  public let rows: Range<Int>
  public let source: SyntheticCriteo
  public var space: FeatureSpace { source.pipeline.space }
  public var rowsPerEpoch: Int? { rows.count }

  let pool: WorkerPool
  let prefetch: Int
  let shard: RowShard

  /// - Parameters:
  ///   - workers: threads; 0 makes every batch when it is asked for. The result is the same.
  ///   - shard: the part of each batch that this process makes.
  /// - Throws: `DataError` for sizes that can't be.
  public init(
    _ source: SyntheticCriteo, rows: Range<Int>, batchSize: Int, workers: Int = 1, prefetch: Int = 4,
    shard: RowShard = RowShard()
  ) throws {
    func demand(_ holds: Bool, _ what: String, _ received: String, _ remedy: String) throws {
      guard holds else {
        throw DataError(.invalidArgument, "synthetic:criteo: \(what)", received: received, remedy: remedy)
      }
    }
    try demand(rows.lowerBound >= 0 && !rows.isEmpty, "there is one row at least", "\(rows)", "use 0..<1000000")
    try demand((1...(1 << 24)).contains(batchSize), "the batch size is in 1...16777216", "\(batchSize)", "use 4096")
    try demand((0...256).contains(workers), "the number of workers is in 0...256", "\(workers)", "use 1 or 2")
    try shard.check()
    self.rows = rows
    self.shard = shard
    self.source = source
    self.batchSize = batchSize
    self.prefetch = workers == 0 ? 0 : max(0, prefetch)
    pool = WorkerPool(workers: workers)
  }

  public func epoch(_ epoch: Int, startingAtBatch start: Int) throws -> any FeatureBatchIterator {
    SyntheticCriteoIterator(self, batch: max(0, start))
  }
}

/// One epoch of made-up batches.
private final class SyntheticCriteoIterator: FeatureBatchIterator {
  private(set) var waitSeconds = 0.0
  let skippedRows = 0

  private let batches: SyntheticCriteoBatches
  private var ahead: [Deferred<FeatureBatch>] = []
  /// The first row that nobody has been asked for.
  private var row: Int

  init(_ batches: SyntheticCriteoBatches, batch: Int) {
    self.batches = batches
    let (offset, overflow) = batch.multipliedReportingOverflow(by: batches.batchSize)
    row = batches.rows.lowerBound + (overflow ? batches.rows.count : min(offset, batches.rows.count))
  }

  func next() throws -> FeatureBatch? {
    while ahead.count <= batches.prefetch, row < batches.rows.upperBound {
      let range = row..<min(batches.rows.upperBound, row + batches.batchSize)
      let own = batches.shard.rows(of: range.count)
      let batch = Deferred { [source = batches.source] in
        var batch = try source.batch(rows: range.lowerBound + own.lowerBound..<range.lowerBound + own.upperBound)
        batch.wholeCount = range.count
        return batch
      }
      row = range.upperBound
      ahead.append(batch)
      batches.pool.submit { [weak batch] in batch?.run() }
    }
    guard !ahead.isEmpty else { return nil }
    let began = DispatchTime.now().uptimeNanoseconds
    defer { waitSeconds += Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9 }
    return try ahead.removeFirst().value()
  }
}
