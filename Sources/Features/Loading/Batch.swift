import Torch

/// One batch of `B` rows.
public struct Batch: Sendable {
  /// `[B]` int64.
  public var users: Tensor
  /// `[B]` int64: the item of each row, the next item of a sequence.
  public var items: Tensor
  /// `[B]` float32: 1 or 0 for `pointwise`, the rating for `rating`.
  public var labels: Tensor?
  /// `[B, N]` int64: drawn items of `pairwise`, none that the user has taken.
  public var negatives: Tensor?
  /// `[B, L]` int64, oldest first from the left; what is behind a row's length is 0 and means nothing.
  public var histories: Tensor?
  /// `[B]` int64 on the CPU, in `1...L`.
  public var lengths: Tensor?
  /// `B`.
  public var count: Int
  /// The rows of the batch that this is a part of, over all processes; `B` where one process has all.
  public var wholeCount: Int

  public init(
    users: Tensor, items: Tensor, labels: Tensor? = nil, negatives: Tensor? = nil, histories: Tensor? = nil,
    lengths: Tensor? = nil, count: Int? = nil, wholeCount: Int? = nil
  ) {
    self.users = users
    self.items = items
    self.labels = labels
    self.negatives = negatives
    self.histories = histories
    self.lengths = lengths
    self.count = count ?? users.shape.first ?? 0
    self.wholeCount = wholeCount ?? self.count
  }

  /// The batch on another device; `lengths` stay on the CPU, where packing wants them.
  public func to(device: Device) throws -> Batch {
    if device.isCPU, users.device.isCPU { return self }
    return Batch(
      users: try users.to(device: device, nonBlocking: true), items: try items.to(device: device, nonBlocking: true),
      labels: try labels?.to(device: device, nonBlocking: true),
      negatives: try negatives?.to(device: device, nonBlocking: true),
      histories: try histories?.to(device: device, nonBlocking: true), lengths: lengths, count: count,
      wholeCount: wholeCount)
  }
}
