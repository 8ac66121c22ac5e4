import Foundation
import Torch

/// Gives the batches of one epoch in order. For one thread at a time.
public final class EpochIterator {
  public let epoch: Int
  /// The number of the batch that `next()` gives next.
  public private(set) var batch: Int
  /// How many batches the epoch has.
  public var batchCount: Int { loader.batchesPerEpoch }

  private let loader: BatchLoader
  private var rows: EpochRows?
  private var current: BatchChunk?
  private var chunks: [Int: Deferred<BatchChunk>] = [:]

  init(loader: BatchLoader, epoch: Int, batch: Int) {
    self.loader = loader
    self.epoch = epoch
    self.batch = batch
  }

  /// The next batch, `nil` after the last one.
  ///
  /// - Throws: `TorchError` when memory for tensors can't be had.
  public func next() throws -> Batch? {
    guard batch < loader.batchesPerEpoch else {
      current = nil
      chunks = [:]
      rows = nil
      return nil
    }
    let start = batch * loader.batchSize
    let chunk: BatchChunk
    if let current, current.range.contains(start) {
      chunk = current
    } else {
      let began = DispatchTime.now().uptimeNanoseconds
      chunk = try take(batch / loader.batchesPerChunk)
      current = chunk
      loader.addWait(Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9)
    }
    let length = min(loader.batchSize, loader.rowsPerEpoch - start)
    let own = loader.shard.rows(of: length)
    var made = try chunk.batch(start: start + own.lowerBound, length: own.count)
    made.wholeCount = length
    batch += 1
    loader.record(
      batch < loader.batchesPerEpoch
        ? BatchPosition(epoch: epoch, batch: batch) : BatchPosition(epoch: epoch + 1, batch: 0))
    return made
  }

  /// One chunk, with those after it begun.
  private func take(_ number: Int) throws -> BatchChunk {
    let rows = try self.rows ?? loader.rows(ofEpoch: epoch)
    self.rows = rows
    let last = (loader.batchesPerEpoch - 1) / loader.batchesPerChunk
    let chunk = chunks.removeValue(forKey: number) ?? deferred(number, rows)
    if loader.pool.workerCount > 0, loader.chunksAhead > 0, number < last {
      for ahead in number + 1...min(number + loader.chunksAhead, last) where chunks[ahead] == nil {
        let next = deferred(ahead, rows)
        chunks[ahead] = next
        // Weak: a chunk that the reader made itself, or dropped, must not live on in the queue.
        loader.pool.submit { [weak next] in next?.run() }
      }
    }
    return try chunk.value()
  }

  private func deferred(_ number: Int, _ rows: EpochRows) -> Deferred<BatchChunk> {
    let size = loader.batchesPerChunk * loader.batchSize
    let range = number * size..<min((number + 1) * size, loader.rowsPerEpoch)
    return Deferred { [plan = loader.plan, epoch, pinned = loader.pinned] in
      try BatchChunk(plan, rows: rows, range: range, epoch: epoch, pinned: pinned)
    }
  }
}
