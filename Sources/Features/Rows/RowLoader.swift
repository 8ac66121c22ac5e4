import Foundation

/// Makes batches of files of rows in worker threads, ahead of time.
///
/// What an epoch has depends on the files, the seed and the epoch's number alone: not on the number of workers or
/// where it was entered. Memory is a few blocks of text and about three times the rows that are shuffled together, whatever
/// the files' size.
public final class RowLoader: FeatureBatches {
  public let batchSize: Int
  /// The share of negatives that are kept; see ``NegativeSampling``.
  public let negativeRate: Double
  /// About how many rows an epoch has, before the first one has ended.
  public let estimatedRows: Int
  public var space: FeatureSpace { plan.space }
  public var rowsPerEpoch: Int? { lock.withLock { knownRows } }

  let plan: FeaturePlan
  let pool: WorkerPool
  let prefetch: Int
  let shuffle: RowShuffle?
  let seed: UInt64
  let shard: RowShard
  let readsFaultless: Bool
  private let format: RowFiles.Format
  private let reading: RowReading
  private let readers: [any RowReader]
  private let lock = NSLock()
  private var knownRows: Int?

  /// - Parameters:
  ///   - shuffle: nil for the files' order.
  ///   - seed: of the shuffle and of which negatives are kept.
  ///   - workers: threads; 0 makes everything when it is asked for. The result is the same.
  ///   - prefetch: batches to have ready.
  ///   - shard: the part of each batch that this process makes.
  ///   - negativeRate: the share of rows without a label above 0 that are kept, drawn anew for every epoch.
  ///   - readsLabels: whether labels must be there; otherwise a missing one is NaN.
  /// - Throws: `DataError` for files that are missing, empty or lack a column, and for sizes that can't be.
  public init(
    _ files: RowFiles, pipeline: FeaturePipeline, batchSize: Int, shuffle: RowShuffle? = nil, seed: UInt64 = 0,
    workers: Int = 1, prefetch: Int = 4, shard: RowShard = RowShard(), onError: RowFaultPolicy = .fail,
    negativeRate: Double = 1, readsLabels: Bool = true
  ) throws {
    func demand(_ holds: Bool, _ what: String, _ received: String, _ remedy: String) throws {
      guard holds else { throw DataError(.invalidArgument, what, received: received, remedy: remedy) }
    }
    try demand(
      (1...(1 << 24)).contains(batchSize), "the batch size is in 1...16777216", "\(batchSize)", "use 1024 to 16384")
    try demand((0...256).contains(workers), "the number of workers is in 0...256", "\(workers)", "use 1 or 2")
    try demand((0...1_024).contains(prefetch), "prefetch is in 0...1024", "\(prefetch)", "use 4, say")
    try demand(
      negativeRate > 0 && negativeRate <= 1, "the share of negatives is above 0 and at most 1", "\(negativeRate)",
      "use 1 to keep all")
    try demand(
      shuffle.map { (1...(1 << 28)).contains($0.rows) } ?? true, "the rows to shuffle are in 1...268435456",
      "\(shuffle?.rows ?? 0)", "use 131072")
    try shard.check()
    let paths = try files.expanded()
    let bytes = try paths.reduce(0) { $0 + (try FileSource($1).estimatedCount) }
    // Small files have a few blocks to draw from.
    let blockBytes = min(1 << 20, max(1 << 16, bytes / 32))
    reading = RowReading(pipeline.schema, onError: onError, readsLabels: readsLabels, blockBytes: blockBytes)
    format = files.format
    plan = pipeline.plan
    readers = try paths.map { [reading, format] in try RowReaders.open($0, format: format, reading: reading) }
    estimatedRows = readers.reduce(0) { $0 + $1.estimatedRows }
    self.batchSize = batchSize
    self.shuffle = shuffle
    self.seed = seed
    self.prefetch = workers == 0 ? 0 : prefetch
    self.shard = shard
    self.negativeRate = negativeRate
    readsFaultless = onError == .fail && negativeRate == 1
    pool = WorkerPool(workers: workers)
  }

  public func epoch(_ epoch: Int, startingAtBatch start: Int) throws -> any FeatureBatchIterator {
    // A file that is read from its start needs a reader of its own; the first files tell the number of blocks.
    let readers = try self.readers.map { reader in
      reader.blockCount == nil ? try RowReaders.open(reader.path, format: format, reading: reading) : reader
    }
    return RowIterator(self, readers: readers, epoch: epoch, startingAtBatch: max(0, start))
  }

  /// An epoch was read through.
  func record(rows: Int) {
    guard negativeRate == 1 else { return }
    lock.withLock { knownRows = rows }
  }

  /// About how many rows a block has.
  var rowsPerBlock: Int { max(64, reading.blockBytes / 250) }
}
