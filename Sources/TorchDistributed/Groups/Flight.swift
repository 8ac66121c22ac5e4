import CSwiftRec

/// One collective that c10d carries out.
final class Flight: Carried, @unchecked Sendable {
  let operation: String
  let sequence: Int
  private let pointer: OpaquePointer
  private let group: ProcessGroup

  init(_ operation: String, sequence: Int, adopting pointer: OpaquePointer, in group: ProcessGroup) {
    self.operation = operation
    self.sequence = sequence
    self.pointer = pointer
    self.group = group
  }

  deinit { sr_work_free(pointer) }

  var isCompleted: Bool { sr_work_is_completed(pointer) }

  var arrival: UInt64? {
    let time = sr_work_arrival(pointer)
    return time > 0 ? UInt64(time) : nil
  }

  /// - Throws: `WaitRanOut` at the deadline, `DistributedError` when the collective has failed.
  func wait(until deadline: ContinuousClock.Instant?) throws {
    guard let pulse = group.pulse, group.backend == .gloo else { return try waitAtOnce(until: deadline) }
    // In slices: a rank that has no connection with the dead one learns of the failure through the store.
    var slicesAfterFailure = 0
    while true {
      var slice = pulse.interval
      if let deadline { slice = min(slice, max(.milliseconds(1), deadline - .now)) }
      if try land(slice.milliseconds) { return }
      pulse.watch()
      if let deadline, deadline <= .now { throw ranOut(in: group) }
      if pulse.peerHasFailed { slicesAfterFailure += 1 }
      if slicesAfterFailure > 1 {
        throw group.failure(
          of: self, code: .peer,
          message: "\(operation) on rank \(group.rank) of \(group.size) (gloo) was given up: another rank has failed")
      }
    }
  }

  private func waitAtOnce(until deadline: ContinuousClock.Instant?) throws {
    let limit = deadline.map { max(.milliseconds(1), $0 - .now).milliseconds } ?? 0
    guard try land(limit) else { throw ranOut(in: group) }
  }

  private func land(_ milliseconds: Int64) throws -> Bool {
    var done = false
    let status = sr_work_wait(pointer, milliseconds, &done)
    guard status == SR_OK else {
      let error = DistributedError.last(status, operation, rank: group.rank)
      throw group.failure(of: self, code: error.code, message: error.message)
    }
    return done
  }
}
