import CSwiftRec
import Torch

/// One collective through shared memory: sent when it is made, received by the wait.
final class Letter: Carried, @unchecked Sendable {
  let operation: String
  let sequence: Int
  private let group: ProcessGroup
  private let box: Mailbox
  private let kind: Mailbox.Kind
  /// For errors: the operation, its tensor and this rank.
  private let what: String
  private let number: UInt64
  private let receive: (Mailbox, UInt64) throws -> Void
  private var isReceived = false
  private(set) var arrival: UInt64?
  private var isFinished = false

  /// - Parameter receive: takes the message, after all ranks have sent theirs.
  init(
    _ operation: String, sequence: Int, _ kind: Mailbox.Kind, sending tensor: Tensor, ends: [Int]? = nil,
    through box: Mailbox, in group: ProcessGroup, receive: @escaping (Mailbox, UInt64) throws -> Void
  ) throws {
    self.operation = operation
    self.sequence = sequence
    self.group = group
    self.box = box
    self.kind = kind
    self.receive = receive
    what =
      "\(operation)\(tensor.count > 0 ? " of \(tensor.summary)" : "") on rank \(group.rank) of \(group.size) (shared memory)"
    number = try box.send(kind, tensor, ends: ends)
  }

  deinit { finish() }

  /// Gives back the memory of the message; what was read where it lies is not read any more.
  func finish() {
    if !isFinished { box.drop(number) }
    isFinished = true
  }

  var isCompleted: Bool { isReceived || box.hasArrived(number) }

  func wait(until deadline: ContinuousClock.Instant?) throws {
    if isReceived { return }
    let limit = ContinuousClock.now + group.timeout
    var slicesAfterFailure = 0
    while true {
      let now = ContinuousClock.now
      var slice = min(group.pulse?.interval ?? .milliseconds(100), max(.milliseconds(1), limit - now))
      if let deadline { slice = min(slice, max(.milliseconds(1), deadline - now)) }
      var done = false
      let status = box.wait(kind, number, milliseconds: slice.milliseconds, &done)
      guard status == SR_OK else {
        let error = DistributedError.last(status, operation, rank: group.rank)
        throw group.failure(
          of: self, code: error.code,
          message: "\(what) failed: \(error.message)")
      }
      if done { break }
      if let deadline, deadline <= .now { throw ranOut(in: group) }
      if limit <= .now {
        throw group.failure(
          of: self, code: .timeout,
          message: "\(what) timed out after \(group.timeout.milliseconds) ms")
      }
      if group.pulse?.peerHasFailed == true { slicesAfterFailure += 1 }
      if slicesAfterFailure > 1 {
        throw group.failure(
          of: self, code: .peer,
          message: "\(what) was given up: another rank has failed")
      }
    }
    arrival = box.arrival(number)
    do {
      try receive(box, number)
      isReceived = true
    } catch let error as TorchError {
      throw group.failure(
        of: self, code: .invalidArgument,
        message: "\(what): \(error.message)")
    }
  }
}
