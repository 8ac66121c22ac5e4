import CSwiftRec
import Torch

/// Processes that compute together. Every rank makes the same calls in the same order; each call returns when its result
/// is there.
///
/// A group whose call has failed or timed out is not used again: its connections are in an unknown state.
public final class ProcessGroup: @unchecked Sendable {
  public let rank: Int
  /// The number of ranks, `W`.
  public let size: Int
  public let backend: Backend
  private let pointer: OpaquePointer
  // The group writes into the store until it ends.
  private let store: Store

  /// Connects this rank with all others, which must do the same.
  ///
  /// - Parameters:
  ///   - timeout: of connecting and of every collective.
  ///   - address: the local address that gloo listens on; nil takes `GLOO_SOCKET_IFNAME`, else what the host name means.
  /// - Throws: `DistributedError`: `.timeout` with the rank when a peer does not come, `.notBuilt` for a missing backend.
  public init(
    backend: Backend = .gloo, store: Store, rank: Int, size: Int, timeout: Duration = .seconds(1800),
    address: String? = nil
  ) throws {
    guard size > 0, (0..<size).contains(rank), size <= Int(Int32.max) else {
      throw DistributedError(
        .invalidArgument, operation: "connect", rank: rank, message: "rank \(rank) of \(size) is no member of a group",
        remedy: "use ranks 0..<size")
    }
    var out: OpaquePointer?
    let status =
      switch backend {
      case .gloo: sr_group_gloo(store.pointer, Int32(rank), Int32(size), timeout.milliseconds, address, &out)
      case .nccl: sr_group_nccl(store.pointer, Int32(rank), Int32(size), timeout.milliseconds, &out)
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
    self.store = store
  }

  deinit { sr_group_free(pointer) }

  /// Joins the tensors of all ranks, in place: afterwards all hold the same values.
  ///
  /// - Parameter tensor: of one shape and type on all ranks; need not be contiguous.
  /// - Throws: `DistributedError` that names rank, operation and shape.
  @discardableResult
  public func allReduce(_ tensor: Tensor, _ op: ReduceOp = .sum) throws -> Tensor {
    try check(sr_group_all_reduce(pointer, tensor.pointer, op.rawValue), "all-reduce", rank: rank)
    return tensor
  }

  /// Copies the tensor of rank `root` into that of every other rank.
  @discardableResult
  public func broadcast(_ tensor: Tensor, from root: Int = 0) throws -> Tensor {
    let number = Int32(exactly: root) ?? -1
    try check(sr_group_broadcast(pointer, tensor.pointer, number), "broadcast", rank: rank)
    return tensor
  }

  /// The tensors of all ranks, in the order of the ranks.
  ///
  /// - Parameter tensor: `[...]`, of one shape and type on all ranks.
  /// - Returns: `W` tensors of that shape.
  public func allGather(_ tensor: Tensor) throws -> [Tensor] {
    var out = [OpaquePointer?](repeating: nil, count: size)
    try check(sr_group_all_gather(pointer, tensor.pointer, &out), "all-gather", rank: rank)
    return try out.map { try Tensor(adopting: $0, "all-gather") }
  }

  /// Waits until every rank has come here.
  public func barrier() throws {
    try check(sr_group_barrier(pointer), "barrier", rank: rank)
  }
}
