/// Where a trainer's batches come from: files, or made-up rows.
public protocol FeatureBatches: AnyObject {
  var space: FeatureSpace { get }

  /// Rows a batch; the last one of an epoch may have fewer.
  var batchSize: Int { get }

  /// Rows an epoch, nil when that is not known before the files are read.
  var rowsPerEpoch: Int? { get }

  /// The batches of one epoch, from batch `start` on: same epoch, same batches, whatever the number of workers.
  func epoch(_ epoch: Int, startingAtBatch start: Int) throws -> any FeatureBatchIterator
}

/// Gives the batches of one epoch in order. For one thread at a time.
public protocol FeatureBatchIterator: AnyObject {
  /// The next batch, nil after the last one.
  ///
  /// - Throws: `DataError` with file, line and column.
  func next() throws -> FeatureBatch?

  /// Seconds that `next()` has waited for batches so far.
  var waitSeconds: Double { get }

  /// Rows that were left out so far because they were faulty (`onError: skip`).
  var skippedRows: Int { get }
}
