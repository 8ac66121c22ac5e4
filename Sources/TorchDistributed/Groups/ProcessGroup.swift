import CSwiftRec
import Foundation
import Torch

/// Processes that compute together. Every rank makes the same calls in the same order.
///
/// Each collective comes in two forms: one that returns when its result is there, and one with `Async` in its name that
/// returns a `Work` at once. Results are the same on all ranks, or the same for the same order of calls.
///
/// A group whose call has failed or timed out is not used again: its later calls throw at once, with code `.closed`.
public final class ProcessGroup: @unchecked Sendable {
  public let rank: Int
  /// The number of ranks, `W`.
  public let size: Int
  public let backend: Backend
  /// `world`, or the path of sub-groups below it.
  public let name: String
  /// The members' ranks in the group that all others were split from.
  public let ranks: [Int]
  /// Where each member runs; members of one host have equal names.
  public let hosts: [String]
  /// The limit of each collective.
  public let timeout: Duration

  let pointer: OpaquePointer
  /// Sub-groups listen where this group does.
  let address: String?
  // The group writes into the store until it ends.
  let store: Store?
  let pulse: Pulse?
  /// Carries what lies in main memory where all ranks stand on one host.
  let mailbox: Mailbox?
  /// By how much every exchange is late by intention.
  public private(set) var latency = Duration.zero
  /// Told of what travels and of what is waited for; to be set while no call is under way.
  public var timeline: Timeline?
  private let lock = NSLock()
  private var firstFailure: DistributedError?
  private var splits = 0
  private var barriers = 0

  /// Connects this rank with all others, which must do the same.
  ///
  /// - Parameters:
  ///   - timeout: of every collective.
  ///   - connectTimeout: of waiting for the other ranks; nil waits as long as for a collective.
  ///   - address: the local address that gloo listens on; nil takes `GLOO_SOCKET_IFNAME`, else what the host name means.
  ///   - host: the name under which this rank's machine is told from others; nil asks the system.
  /// - Throws: `DistributedError`: `.timeout` with the ranks that did not come, `.address` when the host name means
  ///   loopback and the ranks stand on several hosts, `.notBuilt` for a missing backend.
  public convenience init(
    backend: Backend = .gloo, store: Store, rank: Int, size: Int, timeout: Duration = .seconds(1800),
    connectTimeout: Duration? = nil, address: String? = nil, host: String? = nil
  ) throws {
    let place = Membership.Place(host: host ?? Host.identity, rank: rank, size: size, address: address)
    try self.init(
      backend: backend, store: store, place, timeout: timeout, connectTimeout: connectTimeout ?? timeout,
      name: "world", ranks: Array(0..<max(0, size)))
  }

  init(
    backend: Backend, store: Store, _ place: Membership.Place, timeout: Duration, connectTimeout: Duration,
    name: String, ranks: [Int]
  ) throws {
    let (rank, size) = (place.rank, place.size)
    guard size > 0, (0..<size).contains(rank), size <= Int(Int32.max), backend != .fake else {
      throw DistributedError(
        .invalidArgument, operation: "connect", rank: rank,
        message: "rank \(rank) of \(size) (\(backend.rawValue)) is no member of a group",
        remedy: backend == .fake ? "use ProcessGroup.fake" : "use ranks 0..<size")
    }
    guard backend.isBuilt else {
      throw DistributedError(
        .notBuilt, operation: "connect", rank: rank, message: "this build has no \(backend.rawValue)",
        remedy: DistributedError.remedy(.notBuilt))
    }
    let members = try Membership.join(
      place, backend: backend, name: name, ranks: ranks, store: store, timeout: connectTimeout)
    // Gloo writes to peers that may be gone: that must be an error of the collective, not a signal that ends this rank too.
    if size > 1 { signal(SIGPIPE, SIG_IGN) }
    var out: OpaquePointer?
    let status =
      switch backend {
      case .nccl: sr_group_nccl(store.pointer, Int32(rank), Int32(size), timeout.milliseconds, &out)
      default: sr_group_gloo(store.pointer, Int32(rank), Int32(size), timeout.milliseconds, place.address, &out)
      }
    try check(status, "connect", rank: rank)
    guard let out else {
      throw DistributedError(
        .peer, operation: "connect", rank: rank, message: "\(backend) returned no group",
        remedy: "start all ranks again")
    }
    pointer = out
    self.rank = rank
    self.size = size
    self.backend = backend
    self.name = name
    self.ranks = ranks
    self.hosts = members
    self.timeout = timeout
    self.store = store
    address = place.address
    // Without a second connection to the store errors name no ranks; nothing else is lost.
    mailbox = backend == .gloo ? try Mailbox.open(rank: rank, hosts: members, store: store) : nil
    pulse = size == 1 ? nil : (try? store.side()).map { Pulse(store: $0, rank: rank, size: size, timeout: timeout) }
    try setLatency(ExchangeLatency.wanted())
  }

  /// Makes every exchange arrive so much later than it would, as over a network that is far: the time passes, the processor is free,
  /// and what is under way at once is late at once. For tests and measurements of what hides traffic; the environment variable
  /// `SWIFTREC_EXCHANGE_LATENCY_MS` sets it for all groups.
  ///
  /// - Throws: `DistributedError` with nccl, whose collectives end on the GPU.
  public func setLatency(_ latency: Duration) throws {
    guard latency == .zero || backend == .gloo else {
      throw refused("latency", "\(backend.rawValue) can't be made late; use gloo")
    }
    self.latency = latency
    let nanoseconds = Int64(latency.seconds * 1e9)
    sr_group_set_latency(pointer, nanoseconds)
    mailbox?.setLatency(nanoseconds: nanoseconds)
  }

  /// A member of a simulated world, in this process alone: collectives send nothing, and fill their outputs from this
  /// rank's own inputs, so that shapes are those of the real run and values are not.
  ///
  /// c10d's `FakeProcessGroup`.
  ///
  /// - Parameter ranksPerHost: how ranks stand on hosts; nil puts all on one.
  public static func fake(rank: Int = 0, size: Int, ranksPerHost: Int? = nil) throws -> ProcessGroup {
    let perHost = ranksPerHost ?? max(1, size)
    guard size > 0, (0..<size).contains(rank), perHost > 0 else {
      throw DistributedError(
        .invalidArgument, operation: "fake group", rank: rank,
        message: "rank \(rank) of \(size) with \(perHost) ranks a host is no member of a group",
        remedy: "use ranks 0..<size and 1 or more ranks a host")
    }
    return try ProcessGroup(
      faking: rank, name: "world", ranks: Array(0..<size), hosts: (0..<size).map { "host\($0 / perHost)" })
  }

  init(faking rank: Int, name: String, ranks: [Int], hosts: [String]) throws {
    var out: OpaquePointer?
    try check(sr_group_fake(Int32(rank), Int32(ranks.count), &out), "fake group", rank: rank)
    guard let out else {
      throw DistributedError(
        .invalidArgument, operation: "fake group", rank: rank, message: "no group was made",
        remedy: "use ranks 0..<size")
    }
    pointer = out
    self.rank = rank
    size = ranks.count
    backend = .fake
    self.name = name
    self.ranks = ranks
    self.hosts = hosts
    timeout = .seconds(1)
    address = nil
    store = nil
    pulse = nil
    mailbox = nil
  }

  deinit {
    pulse?.stop()
    // Collectives that hang hold a group back until their limit; nobody waits for them.
    sr_group_free(pointer, firstFailure != nil)
  }

  /// The failure after which this group is not used again.
  var closedBy: DistributedError? { lock.withLock { firstFailure } }

  func close(after error: DistributedError) {
    lock.withLock { if firstFailure == nil { firstFailure = error } }
  }

  /// Numbers the sub-groups and the monitored barriers, which all ranks make in the same order.
  func nextSplit() -> Int {
    lock.withLock {
      splits += 1
      return splits
    }
  }

  func nextBarrier() -> Int {
    lock.withLock {
      barriers += 1
      return barriers
    }
  }
}
