import CSwiftRec
import Foundation
import Torch

/// Memory that the ranks of one host share: what one of them sends is read from there by the others, without a socket and a copy
/// between.
///
/// All ranks send the same number of messages in the same order, so that a message's number tells which belong together.
final class Mailbox: @unchecked Sendable {
  /// Kinds of collectives, so that ranks that make different ones are told.
  enum Kind: Int32 {
    case allReduce, broadcast, allGather, allToAll, barrier
  }

  private let pointer: OpaquePointer

  /// Makes this rank's memory and opens that of the others; every rank does so.
  ///
  /// - Returns: nil on all ranks where one of them can't, or stands on another host.
  static func open(rank: Int, hosts: [String], store: Store) throws -> Mailbox? {
    let isWanted = ProcessInfo.processInfo.environment["SWIFTREC_SHARED_MEMORY"] != "0"
    guard hosts.count > 1, hosts.count <= Int(SR_MAILBOX_RANKS), Set(hosts).count == 1 else { return nil }
    var box: Mailbox?
    var path = ""
    if isWanted {
      var made: OpaquePointer?
      var buffer = [CChar](repeating: 0, count: 64)
      if sr_mailbox_create(Int32(rank), Int32(hosts.count), &made, &buffer) == SR_OK, let made {
        box = Mailbox(made)
        path = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
    }
    try store.set("mailbox/\(rank)", path)
    let paths = try hosts.indices.map { try store.getString("mailbox/\($0)") }
    let isOpen = !paths.contains("") && box?.connect(paths) == true
    try store.set("mailbox/open/\(rank)", isOpen ? "yes" : "no")
    let areOpen = try hosts.indices.allSatisfy { try store.getString("mailbox/open/\($0)") == "yes" }
    return areOpen ? box : nil
  }

  private init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { sr_mailbox_free(pointer) }

  private func connect(_ paths: [String]) -> Bool {
    let copies = paths.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer {
      sr_mailbox_connect(pointer, $0.baseAddress) == SR_OK
    }
  }

  /// Memory for the next message, `[count]` and not zeroed: to be filled and sent before any other.
  func memory(_ count: Int, _ dtype: DType) throws -> Tensor {
    var out: OpaquePointer?
    try check(sr_mailbox_memory(pointer, Int64(count), dtype.rawValue, &out), "message memory", [])
    return try Tensor(adopting: out, "message memory")
  }

  /// - Parameter ends: which bytes are for which rank; nil for all of them to all.
  /// - Returns: the message's number.
  func send(_ kind: Kind, _ tensor: Tensor, ends: [Int]? = nil) throws -> UInt64 {
    var number: UInt64 = 0
    let status = withExtendedLifetime(tensor) {
      if let ends {
        sr_mailbox_send(pointer, kind.rawValue, tensor.pointer, ends.map(Int64.init), &number)
      } else {
        sr_mailbox_send(pointer, kind.rawValue, tensor.pointer, nil, &number)
      }
    }
    try check(status, "send", [tensor])
    return number
  }

  /// - Returns: a status of the bridge.
  func wait(_ kind: Kind, _ number: UInt64, milliseconds: Int64, _ done: inout Bool) -> Int32 {
    sr_mailbox_wait(pointer, kind.rawValue, number, milliseconds, &done)
  }

  func hasArrived(_ number: UInt64) -> Bool { sr_mailbox_arrived(pointer, number) }

  /// When the last part of a message that has been waited for came to its last receiver.
  func arrival(_ number: UInt64) -> UInt64 { UInt64(clamping: sr_mailbox_arrival(pointer, number)) }

  func setLatency(nanoseconds: Int64) { sr_mailbox_set_latency(pointer, nanoseconds) }

  /// Copies what each rank has for this one into `output`.
  ///
  /// - Parameter parts: bytes by rank; nil leaves a rank out.
  func take(_ number: UInt64, into output: Tensor, _ parts: [(start: Int, count: Int)?]) throws {
    try check(
      withExtendedLifetime(output) {
        sr_mailbox_take(
          pointer, number, output.pointer, parts.map { Int64($0?.start ?? 0) }, parts.map { Int64($0?.count ?? -1) })
      }, "receive", [output])
  }

  /// What rank `from` has for this one, where it lies: good until the message is dropped.
  func part(_ number: UInt64, from rank: Int, _ dtype: DType) throws -> Tensor {
    var out: OpaquePointer?
    try check(sr_mailbox_part(pointer, number, Int32(rank), dtype.rawValue, &out), "receive", [])
    return try Tensor(adopting: out, "receive")
  }

  func reduce(_ number: UInt64, into output: Tensor, _ op: ReduceOp) throws {
    try check(
      withExtendedLifetime(output) { sr_mailbox_reduce(pointer, number, output.pointer, op.rawValue) }, "reduce",
      [output])
  }

  func drop(_ number: UInt64) { sr_mailbox_drop(pointer, number) }
}
