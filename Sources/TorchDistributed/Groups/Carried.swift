/// One collective on its way, whoever carries it.
protocol Carried: AnyObject, Sendable {
  /// `all-reduce`, ...
  var operation: String { get }
  /// Its number among the operations of its group, from 1.
  var sequence: Int { get }
  var isCompleted: Bool { get }
  /// When it came to its end, on the clock of `Timeline`: known after a wait has returned, nil where nobody tells.
  var arrival: UInt64? { get }
  /// - Throws: `WaitRanOut` at the deadline, `DistributedError` when the collective has failed.
  func wait(until deadline: ContinuousClock.Instant?) throws
}

extension Carried {
  func ranOut(in group: ProcessGroup) -> WaitRanOut {
    WaitRanOut(
      error: DistributedError(
        .timeout, operation: operation, rank: group.rank, group: group.name,
        message: "\(operation), operation \(sequence) of group \(group.name), is not done yet on rank \(group.rank)",
        remedy: "wait again, or for longer"))
  }
}
