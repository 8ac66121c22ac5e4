import Torch

/// The tensors of some batches in one piece; a batch is a view of it.
struct BatchChunk: Sendable {
  let whole: Batch
  /// The rows of the epoch.
  let range: Range<Int>

  /// Unpacks rows `range` of an epoch.
  init(_ plan: LoaderPlan, rows: EpochRows, range: Range<Int>, epoch: Int, pinned: Bool) throws {
    let count = range.count
    func make(_ shape: [Int], _ dtype: DType, _ isThere: Bool = true) throws -> Tensor? {
      isThere ? try Tensor.empty(shape, dtype: dtype, pinned: pinned) : nil
    }
    let users = try Tensor.empty([count], dtype: .int64, pinned: pinned)
    let items = try Tensor.empty([count], dtype: .int64, pinned: pinned)
    let labels = try make([count], .float32, plan.hasLabels)
    let negatives = try make([count, plan.negativeWidth], .int64, plan.negativeWidth > 0)
    let histories = try make([count, plan.historyWidth], .int64, plan.historyWidth > 0)
    // Lengths stay on the CPU whatever the device.
    let lengths = plan.historyWidth > 0 ? try Tensor.empty([count], dtype: .int64) : nil
    try withExtendedLifetime((users, items, labels, negatives, histories, lengths)) {
      plan.fill(
        ChunkColumns(
          users: try BatchChunk.address(users), items: try BatchChunk.address(items),
          labels: try labels.map { try BatchChunk.address($0) },
          negatives: try negatives.map { try BatchChunk.address($0) },
          histories: try histories.map { try BatchChunk.address($0) },
          lengths: try lengths.map { try BatchChunk.address($0) }),
        from: rows, range: range, epoch: epoch)
    }
    self.range = range
    whole = Batch(
      users: users, items: items, labels: labels, negatives: negatives, histories: histories, lengths: lengths,
      count: count)
  }

  /// The address of a tensor's elements, good while the tensor lives.
  private static func address<Element>(_ tensor: Tensor) throws -> UnsafeMutablePointer<Element> {
    try tensor.withUnsafeMutableData { $0.assumingMemoryBound(to: Element.self) }
  }

  /// A view of `length` rows, the first of which is row `start` of the epoch.
  func batch(start: Int, length: Int) throws -> Batch {
    if start == range.lowerBound, length == range.count { return whole }
    let offset = start - range.lowerBound
    func view(_ tensor: Tensor?) throws -> Tensor? { try tensor?.narrow(dim: 0, start: offset, length: length) }
    return Batch(
      users: try whole.users.narrow(dim: 0, start: offset, length: length),
      items: try whole.items.narrow(dim: 0, start: offset, length: length), labels: try view(whole.labels),
      negatives: try view(whole.negatives), histories: try view(whole.histories), lengths: try view(whole.lengths),
      count: length)
  }
}
