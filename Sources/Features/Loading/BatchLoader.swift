import Foundation
import Torch

/// Makes the batches of training, ahead of time, in worker threads.
///
/// An epoch's rows are drawn and shuffled as a whole (eight bytes a row), the next epoch's while the present one is used,
/// so that two epochs' rows are in memory. Its tensors are made in chunks of about 65,536 rows, of which batches are views. What an epoch has depends on the seed, the
/// epoch's number and the data alone: not on the number of workers, the batch size or where it was entered.
public final class BatchLoader: @unchecked Sendable {
  public let kind: BatchKind
  public let batchSize: Int
  public let batchesPerEpoch: Int
  /// Rows in the batches of an epoch.
  public let rowsPerEpoch: Int
  /// Interactions that give no rows, since their user has taken every item.
  public var skippedInteractions: Int { plan.skippedPositives }
  /// No epoch from this one on is made ahead of time: set it to the number of epochs to spare the last preparation.
  public var epochLimit: Int {
    get { lock.withLock { limit } }
    set { lock.withLock { limit = newValue } }
  }
  /// Seconds that callers have spent waiting for rows or tensors, in all epochs.
  public var waitSeconds: Double { lock.withLock { waited } }
  /// The next batch after those that the iterator made last has given.
  public var position: BatchPosition { lock.withLock { place } }

  let plan: LoaderPlan
  let pool: WorkerPool
  let pinned: Bool
  let shard: RowShard
  let batchesPerChunk: Int
  let chunksAhead: Int
  private let lock = NSLock()
  private var limit = Int.max
  private var waited = 0.0
  private var place = BatchPosition(epoch: 0, batch: 0)
  private var epochs: [Int: Deferred<EpochRows>] = [:]

  /// - Parameters:
  ///   - train: the interactions to learn from.
  ///   - sampler: what draws negatives; its `seen` are never drawn. `nil` for kinds without.
  ///   - seed: of the shuffle and the negatives.
  ///   - workers: threads; 0 makes everything when it is asked for. The result is the same.
  ///   - prefetch: batches to have ready, rounded up to chunks.
  ///   - pinned: page-locked memory; needs a CUDA build.
  ///   - dropLast: leave out a last batch of fewer rows.
  ///   - shard: the part of each batch that this process takes.
  /// - Throws: `DataError` for an empty log, ids outside the counts, a missing sampler, missing ratings, and sizes
  ///   that can't be.
  public init(
    train: Interactions, itemCount: Int, userCount: Int, kind: BatchKind, batchSize: Int,
    sampler: (any NegativeSampler)? = nil, seed: UInt64, workers: Int = 1, prefetch: Int = 64, pinned: Bool = false,
    dropLast: Bool = false, shard: RowShard = RowShard()
  ) throws {
    func refuse(_ what: String, _ value: Int, _ remedy: String) -> DataError {
      DataError(.invalidArgument, what, received: String(value), remedy: remedy)
    }
    guard (1...(1 << 24)).contains(batchSize) else {
      throw refuse("the batch size is in 1...16777216", batchSize, "use 256 to 8192")
    }
    guard (0...256).contains(workers) else {
      throw refuse("the number of workers is in 0...256", workers, "use 1 or 2")
    }
    guard prefetch >= 0 else { throw refuse("prefetch is not negative", prefetch, "use 64, say") }
    plan = try LoaderPlan(
      train: train, itemCount: itemCount, userCount: userCount, kind: kind, sampler: sampler, seed: seed)
    let rows = plan.rowCount
    batchesPerEpoch = dropLast ? rows / batchSize : (rows + batchSize - 1) / batchSize
    rowsPerEpoch = dropLast ? rows / batchSize * batchSize : rows
    guard batchesPerEpoch > 0 else {
      throw refuse("no whole batch in \(rows) rows", batchSize, "use a smaller batch or keep the last one")
    }
    try shard.check()
    self.kind = kind
    self.shard = shard
    self.batchSize = batchSize
    self.pinned = pinned
    let width = 3 + plan.negativeWidth + plan.historyWidth
    batchesPerChunk = max(1, (1 << 16) * 3 / width / batchSize)
    chunksAhead = prefetch == 0 ? 0 : max(1, (prefetch + batchesPerChunk - 1) / batchesPerChunk)
    pool = WorkerPool(workers: workers)
  }

  /// The batches of one epoch, from batch `startingAtBatch` on: the same ones as without it, less those before.
  public func epoch(_ epoch: Int, startingAtBatch: Int = 0) -> EpochIterator {
    record(BatchPosition(epoch: epoch, batch: startingAtBatch))
    return EpochIterator(loader: self, epoch: epoch, batch: max(0, startingAtBatch))
  }

  /// The batches from a saved position on, to the end of its epoch.
  public func resume(at position: BatchPosition) -> EpochIterator {
    epoch(position.epoch, startingAtBatch: position.batch)
  }

  /// The rows of an epoch, made now unless they are there; the next epoch's are begun then.
  func rows(ofEpoch epoch: Int) throws -> EpochRows {
    let rows = try deferred(epoch).value()
    if epoch + 1 < epochLimit, pool.workerCount > 0 {
      let next = deferred(epoch + 1)
      pool.submit { [weak next] in next?.run() }
    }
    return rows
  }

  private func deferred(_ epoch: Int) -> Deferred<EpochRows> {
    lock.withLock {
      if let known = epochs[epoch] { return known }
      let fresh = Deferred { [plan, pool = Unowned(pool)] in
        // A worker holds the pool only while it works for it.
        if let pool = pool.value { return plan.rows(ofEpoch: epoch, pool: pool) }
        return plan.rows(ofEpoch: epoch, pool: WorkerPool(workers: 0))
      }
      // Rows of other epochs go; an iterator that still reads them keeps them.
      epochs = epochs.filter { $0.key == epoch - 1 || $0.key == epoch + 1 }
      epochs[epoch] = fresh
      return fresh
    }
  }

  func record(_ position: BatchPosition) { lock.withLock { place = position } }
  func addWait(_ seconds: Double) { lock.withLock { waited += seconds } }
}

/// A reference that keeps nothing alive.
private final class Unowned<Object: AnyObject & Sendable>: @unchecked Sendable {
  private weak var object: Object?
  init(_ object: Object) { self.object = object }
  var value: Object? { object }
}
