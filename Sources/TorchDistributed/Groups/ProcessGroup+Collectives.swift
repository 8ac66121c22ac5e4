import CSwiftRec
import Torch

extension ProcessGroup {
  // MARK: Starting

  /// Counts a collective, starts it, and refuses it when the group is closed.
  func begin(_ operation: String, _ start: (inout OpaquePointer?) -> Int32) throws -> Flight {
    try requireOpen(operation)
    let sequence = pulse?.issue(operation) ?? 0
    var out: OpaquePointer?
    try check(start(&out), operation, rank: rank)
    guard let out else { throw refused(operation, "the backend returned no work") }
    return Flight(operation, sequence: sequence, adopting: out, in: self)
  }

  /// The same through shared memory, for tensors of the CPU where all ranks stand on one host; nil where it is not to be had.
  func post(
    _ operation: String, _ kind: Mailbox.Kind, _ tensor: Tensor, ends: [Int]? = nil,
    receive: @escaping (Mailbox, UInt64) throws -> Void
  ) throws -> (any Carried)? {
    guard let mailbox, tensor.device.isCPU else { return nil }
    try requireOpen(operation)
    return try Letter(
      operation, sequence: pulse?.issue(operation) ?? 0, kind, sending: tensor, ends: ends, through: mailbox, in: self,
      receive: receive)
  }

  func refused(_ operation: String, _ message: String) -> DistributedError {
    DistributedError(
      .invalidArgument, operation: operation, rank: rank, group: name,
      message: "\(operation) on rank \(rank) of \(size): \(message)", remedy: "correct the call")
  }

  func requireMember(_ root: Int, _ operation: String) throws {
    guard (0..<size).contains(root) else { throw refused(operation, "rank \(root) is outside 0..<\(size)") }
  }

  /// Blocks for the value; with `nccl` too.
  func now<Value>(_ work: Work<Value>) throws -> Value {
    try work.wait(timeout: backend == .nccl ? timeout : nil)
  }

  // MARK: All-reduce

  /// Joins the tensors of all ranks, in place: afterwards all hold the same values.
  ///
  /// - Parameter tensor: of one shape and type on all ranks; need not be contiguous.
  /// - Throws: `DistributedError` that names rank, operation and shape.
  @discardableResult
  public func allReduce(_ tensor: Tensor, _ op: ReduceOp = .sum) throws -> Tensor {
    try now(allReduceAsync(tensor, op))
  }

  /// The same, under way: `tensor` must not be touched before the wait.
  public func allReduceAsync(_ tensor: Tensor, _ op: ReduceOp = .sum) throws -> Work<Tensor> {
    let operation = "all-reduce"
    try requireReducible(tensor, op, operation)
    let divides = op == .mean && !sr_group_has_mean(pointer)
    // Types that gloo can't add travel in wider ones.
    let wide: DType = tensor.dtype == .int16 ? .int32 : tensor.dtype == .bool ? .uint8 : tensor.dtype
    let wire = try noGrad { try tensor.detach().to(dtype: wide).contiguous() }
    var flights: [any Carried] = []
    if size > 1, tensor.count > 0 {
      let sum: ReduceOp = divides ? .sum : op
      flights.append(
        try post(operation, .allReduce, wire) { try $0.reduce($1, into: wire, sum) }
          ?? begin(operation) { sr_group_all_reduce(pointer, wire.pointer, sum.rawValue, &$0) })
    }
    return Work(operation, flights) { [size] in
      if divides { try wire.div_(size) }
      if !wire.sharesStorage(with: tensor) { try tensor.detach().copy_(wire) }
      return tensor
    }
  }

  func requireReducible(_ tensor: Tensor, _ op: ReduceOp, _ operation: String) throws {
    if tensor.isSparse {
      throw refused(operation, "\(tensor.summary) is sparse; gather its indices and values instead")
    }
    if op == .mean, !tensor.dtype.isFloatingPoint {
      throw refused(operation, "the mean of \(tensor.summary) is not exact; use a floating dtype or sum")
    }
    if tensor.dtype == .bool, op != .min, op != .max {
      throw refused(operation, "\(tensor.summary) has no \(op); use min (and) or max (or)")
    }
  }

  // MARK: Broadcast

  /// Copies the tensor of rank `root` into that of every other rank, in place.
  @discardableResult
  public func broadcast(_ tensor: Tensor, from root: Int = 0) throws -> Tensor {
    try now(broadcastAsync(tensor, from: root))
  }

  public func broadcastAsync(_ tensor: Tensor, from root: Int = 0) throws -> Work<Tensor> {
    let operation = "broadcast"
    try requireMember(root, operation)
    let wire = try noGrad { try tensor.detach().contiguous() }
    var flights: [any Carried] = []
    if size > 1, tensor.count > 0 {
      let bytes = wire.count * wire.dtype.size
      // Whoever receives sends nothing.
      let sent = try rank == root ? wire : Tensor.empty([0], dtype: wire.dtype)
      flights.append(
        try post(operation, .broadcast, wire.device.isCPU ? sent : wire) { [rank, size] in
          try $0.take($1, into: wire, (0..<size).map { $0 == root && rank != root ? (0, bytes) : nil })
        } ?? begin(operation) { sr_group_broadcast(pointer, wire.pointer, Int32(root), &$0) })
    }
    return Work(operation, flights) {
      if !wire.sharesStorage(with: tensor) { try tensor.detach().copy_(wire) }
      return tensor
    }
  }

  // MARK: All-gather

  /// The tensors of all ranks, in the order of the ranks.
  ///
  /// - Parameter tensor: `[...]`, of one shape and type on all ranks.
  /// - Returns: `W` tensors of that shape.
  public func allGather(_ tensor: Tensor) throws -> [Tensor] { try now(allGatherAsync(tensor)) }

  public func allGatherAsync(_ tensor: Tensor) throws -> Work<[Tensor]> {
    try stackedAllGather(tensor).map { [size] in try (0..<size).map($0.row) }
  }

  /// The same in one tensor.
  ///
  /// - Parameter tensor: `[n, ...]`, of one shape and type on all ranks.
  /// - Returns: `[W * n, ...]`.
  public func allGatherIntoTensor(_ tensor: Tensor) throws -> Tensor { try now(allGatherIntoTensorAsync(tensor)) }

  public func allGatherIntoTensorAsync(_ tensor: Tensor) throws -> Work<Tensor> {
    let shape = tensor.shape
    return try stackedAllGather(tensor).map { [size] in
      try $0.reshape([size * (shape.first ?? 1)] + shape.dropFirst())
    }
  }

  /// The same into memory that is there: `output` is contiguous, with `W` times the elements of `tensor`, of which it may
  /// hold this rank's part.
  public func allGatherAsync(_ tensor: Tensor, into output: Tensor) throws -> Work<Tensor> {
    let operation = "all-gather"
    guard output.isContiguous, output.dtype == tensor.dtype, output.count == size * tensor.count else {
      throw refused(
        operation, "\(tensor.summary) from \(size) ranks does not go into \(output.summary), which must be contiguous")
    }
    let wire = try noGrad { try tensor.detach().contiguous() }
    if size == 1 {
      return Work(operation, []) {
        try output.detach().reshape([-1]).copy_(wire.reshape([-1]))
        return output
      }
    }
    var flights: [any Carried] = []
    if tensor.count > 0 {
      let bytes = wire.count * wire.dtype.size
      flights.append(
        try post(operation, .allGather, wire) { [size] in
          try $0.take($1, into: output, (0..<size).map { ($0 * bytes, bytes) })
        } ?? begin(operation) { sr_group_all_gather(pointer, wire.pointer, output.pointer, &$0) })
    }
    return Work(operation, flights) { output }
  }

  private func stackedAllGather(_ tensor: Tensor) throws -> Work<Tensor> {
    try allGatherAsync(
      tensor, into: Tensor.empty([size] + tensor.shape, dtype: tensor.dtype, device: tensor.device))
  }

  // MARK: Barrier

  /// Waits until every rank has come here.
  public func barrier() throws { try now(barrierAsync()) }

  public func barrierAsync() throws -> Work<Void> {
    guard size > 1 else { return Work("barrier", []) {} }
    let flight =
      try post("barrier", .barrier, Tensor.empty([0])) { $0.drop($1) }
      ?? begin("barrier") { sr_group_barrier(pointer, &$0) }
    return Work("barrier", [flight]) {}
  }
}
