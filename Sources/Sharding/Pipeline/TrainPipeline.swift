import Sparse
import Torch
import TorchDistributed

/// Batches on their way to the step that trains on them, several at once: TorchRec's `TrainPipelineSparseDist`, and with
/// `PipelineMode.semiSync` its `TrainPipelineSemiSync`.
///
/// While batch `n` is computed, with `.exact`: batch `n + 1` exchanges its ids, and may have its rows prefetched; batch `n + 2` is
/// loaded and copied to the device. With `.semiSync`: batch `n + 1` is looked up, with the updates of the batches before `n`, and
/// exchanges its rows; batch `n + 2` exchanges its ids, batch `n + 3` is loaded. Every rank takes the same steps.
///
/// ```swift
/// let pipeline = TrainPipeline(.exact, tables: model.shardedEmbeddings, features: \.sparse) { try loader.next() }
/// while let batch = try pipeline.next() {
///   let loss = try loss(model.predict(batch), batch)
///   try pipeline.forwardEnded()
///   try loss.backward()
///   try pipeline.backwardEnded()
///   try parallel.synchronize()
///   try optimizer.step()
/// }
/// ```
///
/// Ivchenko et al. 2022, "TorchRec: a PyTorch Domain Library for Recommendation Systems", RecSys, section 3.3.
public final class TrainPipeline<Batch> {
  private let mode: PipelineMode
  private let prefetches: Bool
  private let tables: ShardedEmbeddingBagCollection?
  private let features: (Batch) -> KeyedJaggedTensor
  private let load: () throws -> Batch?
  private let copy: (Batch) throws -> Batch
  private var number: Int
  private var isAtEnd = false
  /// The batches whose turn comes, and whether they were started.
  private var coming: [(number: Int, batch: Batch, isStarted: Bool)] = []

  /// - Parameters:
  ///   - prefetches: whether rows of the next batch are fetched into the processor's caches while gradients travel, with `.exact`:
  ///     for tables far larger than these.
  ///   - tables: nil where nothing is divided: batches then come as they are loaded.
  ///   - number: of the first batch, for the timeline.
  ///   - features: the ids of a batch.
  ///   - copy: brings a batch to the device.
  ///   - load: gives the next batch, nil after the last.
  public init(
    _ mode: PipelineMode, prefetches: Bool = false, tables: ShardedEmbeddingBagCollection?, startingAt number: Int = 0,
    features: @escaping (Batch) -> KeyedJaggedTensor,
    copy: @escaping (Batch) throws -> Batch = { $0 }, load: @escaping () throws -> Batch?
  ) {
    self.mode = tables == nil ? .off : mode
    self.prefetches = prefetches
    self.tables = tables
    self.number = number
    self.features = features
    self.copy = copy
    self.load = load
    tables?.forgetStarted()
  }

  private var timeline: Timeline? { tables?.tables.group.timeline }

  /// Batches behind the one whose turn it is.
  private var depth: Int {
    switch mode {
    case .off: 0
    case .exact: 2
    case .semiSync: 3
    }
  }

  /// The batch whose turn it is, nil after the last one.
  public func next() throws -> Batch? {
    while coming.count <= depth, !isAtEnd {
      guard let loaded = try timeline.span(.load, batch: number, load) else {
        isAtEnd = true
        break
      }
      let copied = try timeline.span(.copy, batch: number) { try copy(loaded) }
      coming.append((number, copied, false))
      number += 1
    }
    if let tables {
      for place in coming.indices.prefix(depth) where !coming[place].isStarted {
        try tables.start(features(coming[place].batch), number: coming[place].number)
        coming[place].isStarted = true
      }
      if mode == .semiSync { try tables.lookUpStarted(2) }
    }
    return coming.isEmpty ? nil : coming.removeFirst().batch
  }

  /// To be called between forward and backward: the numbers of ids have come meanwhile, the ids travel during backward.
  public func forwardEnded() throws { try tables?.advanceStarted() }

  /// To be called while gradients travel: rows of the next batch are prefetched where that was asked for.
  public func backwardEnded() throws {
    if prefetches, mode == .exact { try tables?.prefetchStarted() }
  }

  /// Has the batches whose rows were looked up before their turn looked up again: what is saved now continues as this run does.
  public func lookUpAgain() { tables?.forgetLookedUp() }
}
