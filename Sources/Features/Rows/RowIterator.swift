import Foundation

/// Gives the batches of one epoch of a ``RowLoader`` in order.
///
/// Blocks are parsed ahead. So many as fill the shuffle's rows make a group, whose rows are put into a drawn order; batches
/// are cut from the row of groups.
final class RowIterator: FeatureBatchIterator {
  private(set) var waitSeconds = 0.0
  private(set) var skippedRows = 0

  private let loader: RowLoader
  private let readers: [any RowReader]
  private let epoch: Int
  private var order: RowOrder
  private var blocks: [Pending] = []
  private var group = RowGroup()
  private var groupNumber = 0
  /// Drawn rows that no batch has yet, and how many of the first group's are dealt.
  private var rows: [PickedRows] = []
  private var dealt = 0
  private var rest = 0
  private var atEnd = false
  private var batches: [Deferred<FeatureBatch>] = []
  /// Rows of batches before the first one that is asked for.
  private var toSkip: Int
  private let isWhole: Bool
  private var total = 0
  private var failure: (any Error)?

  /// A block that is being made.
  private struct Pending {
    var block: RowOrder.Block
    /// Nil past a file's end.
    var rows: Deferred<FeatureRows?>
  }

  /// Blocks whose rows are drawn from together.
  private struct RowGroup {
    var sources: [FeatureRows] = []
    var count = 0
  }

  init(_ loader: RowLoader, readers: [any RowReader], epoch: Int, startingAtBatch start: Int) {
    self.loader = loader
    self.readers = readers
    self.epoch = epoch
    order = RowIterator.order(loader, readers, epoch)
    let (product, overflow) = start.multipliedReportingOverflow(by: loader.batchSize)
    toSkip = overflow ? .max : product
    isWhole = start == 0
  }

  private static func order(_ loader: RowLoader, _ readers: [any RowReader], _ epoch: Int) -> RowOrder {
    RowOrder(
      runs: readers.map(\.runs),
      shuffle: loader.shuffle.map { _ in
        RandomStream(seed: loader.seed, 0x626c_6f63_6b73, UInt64(bitPattern: Int64(epoch)))
      })
  }

  func next() throws -> FeatureBatch? {
    if let failure { throw failure }
    let began = DispatchTime.now().uptimeNanoseconds
    defer { waitSeconds += Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9 }
    do {
      try skipAhead()
      while batches.count <= loader.prefetch, try planBatch() {}
      guard !batches.isEmpty else { return nil }
      return try batches.removeFirst().value()
    } catch {
      // The rows after a fault would be other rows than without it.
      failure = error
      throw error
    }
  }

  // MARK: Batches

  /// Cuts one more batch. False at the epoch's end, and when a batch is ready and the rows for another are not.
  private func planBatch() throws -> Bool {
    while rest < loader.batchSize, !atEnd {
      guard batches.isEmpty || blocks.isEmpty || blocks[0].rows.isDone || loader.pool.workerCount == 0 else {
        return false
      }
      try takeBlock()
    }
    guard rest > 0 else { return false }
    var picked = take(min(rest, loader.batchSize))
    let count = picked.count
    picked.picks = Array(picked.picks[loader.shard.rows(of: count)])
    let own = picked
    let batch = Deferred { [plan = loader.plan] in
      var batch = try FeatureBatchBuilder(plan).batch(own)
      batch.wholeCount = count
      return batch
    }
    batches.append(batch)
    // Weak: a batch that the reader made itself, or dropped, must not live on in the queue.
    if batches.count > 1 { loader.pool.submit(urgent: true) { [weak batch] in batch?.run() } }
    return true
  }

  /// The next rows in the drawn order.
  private func take(_ count: Int) -> PickedRows {
    var picked = PickedRows(sources: [], picks: [])
    picked.picks.reserveCapacity(count)
    while picked.count < count, let first = rows.first {
      let part = first.picks[dealt..<min(first.count, dealt + count - picked.count)]
      let base = Int32(picked.sources.count)
      picked.sources += first.sources
      picked.picks += part.map { PickedRows.Pick(source: $0.source + base, place: $0.place) }
      dealt += part.count
      if dealt == first.count {
        rows.removeFirst()
        dealt = 0
      }
    }
    rest -= count
    return picked
  }

  // MARK: Blocks

  /// Waits for the next block and puts it into the group, which is closed when it has enough rows.
  private func takeBlock() throws {
    fillBlocks()
    guard !blocks.isEmpty else {
      closeGroup()
      atEnd = true
      try end()
      return
    }
    let pending = blocks.removeFirst()
    guard let made = try pending.rows.value() else {
      endFile(pending.block)
      return
    }
    skippedRows += made.skipped
    guard made.count > 0 else { return }
    group.sources.append(made)
    group.count += made.count
    if group.count >= loader.shuffle?.rows ?? 1 { closeGroup() }
  }

  /// Has blocks made ahead, two groups of them and one or two for each worker.
  private func fillBlocks() {
    let perGroup = min(512, (loader.shuffle?.rows ?? 0) / loader.rowsPerBlock + 1)
    let wanted = loader.pool.workerCount == 0 ? 1 : perGroup + loader.pool.workerCount * 2
    while blocks.count < wanted, let block = order.next() {
      let pending = Pending(block: block, rows: deferred(block))
      blocks.append(pending)
      let rows = pending.rows
      loader.pool.submit { [weak rows] in rows?.run() }
    }
  }

  private func deferred(_ block: RowOrder.Block) -> Deferred<FeatureRows?> {
    let reader = readers[block.file]
    let random = RandomStream(
      seed: loader.seed, 0x6e65_6761_7469, UInt64(bitPattern: Int64(epoch)), UInt64(block.file), UInt64(block.number))
    return Deferred { [plan = loader.plan, rate = loader.negativeRate] in
      guard let parsed = try reader.block(block.number) else { return nil }
      return plan.transform(parsed, rows: NegativeSampling.rows(parsed, plan, rate: rate, random))
    }
  }

  /// A file that is read from its start is at its end: what was asked for beyond it is dropped.
  private func endFile(_ block: RowOrder.Block) {
    blocks.removeAll { $0.block.file == block.file }
    order.end(ofFile: block.file)
  }

  private func closeGroup() {
    guard group.count > 0 else { return }
    var picked = PickedRows(sources: group.sources, picks: [])
    picked.picks.reserveCapacity(group.count)
    for (source, made) in group.sources.enumerated() {
      for place in 0..<made.count {
        picked.picks.append(PickedRows.Pick(source: Int32(source), place: Int32(truncatingIfNeeded: place)))
      }
    }
    if loader.shuffle != nil {
      var random = RandomStream(
        seed: loader.seed, 0x7368_7566_666c, UInt64(bitPattern: Int64(epoch)), UInt64(groupNumber))
      for place in stride(from: picked.count - 1, to: 0, by: -1) {
        picked.picks.swapAt(place, random.next(below: place + 1))
      }
    }
    add(picked)
    total += group.count
    group = RowGroup()
    groupNumber += 1
  }

  /// Puts drawn rows in the row, less those of batches that were given before.
  private func add(_ picked: PickedRows) {
    let dropped = min(toSkip, picked.count)
    toSkip -= dropped
    guard dropped < picked.count else { return }
    rows.append(picked)
    rest += picked.count - dropped
    // Only the first rows of all are ever dropped.
    if dropped > 0 { dealt = dropped }
  }

  private func end() throws {
    guard isWhole else { return }
    guard total > 0 || loader.negativeRate < 1 else {
      throw DataError(
        .empty, file: readers.first?.path, "has no row that can be read", received: "\(skippedRows) faulty rows",
        remedy: "give files in the schema's layout")
    }
    loader.record(rows: total)
  }

  // MARK: Resuming

  /// Goes over whole groups before the first batch by counting their lines, where every line is a row.
  private func skipAhead() throws {
    guard toSkip > 0, toSkip < .max, total == 0, blocks.isEmpty, loader.readsFaultless,
      readers.allSatisfy({ $0.blockCount != nil })
    else { return }
    while toSkip > 0 {
      // The state to come back to when the group has a row that is wanted.
      let before = order
      var counted: [RowOrder.Block] = []
      var count = 0
      while count < loader.shuffle?.rows ?? 1, let block = order.next() {
        guard let found = try readers[block.file].rowCount(ofBlock: block.number) else {
          order = before
          return
        }
        counted.append(block)
        count += found
      }
      guard count > 0, count <= toSkip else {
        order = before
        return
      }
      toSkip -= count
      groupNumber += 1
    }
  }
}
