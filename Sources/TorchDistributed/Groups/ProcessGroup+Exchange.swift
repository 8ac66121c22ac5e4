import CSwiftRec
import Torch

extension ProcessGroup {
  // MARK: All-to-all

  /// Sends part `p` of the input to rank `p` and gives the parts that came, in the order of the ranks.
  ///
  /// - Parameters:
  ///   - input: `[i_0 + ... + i_(W-1), ...]`.
  ///   - inputSplits: `i_p`, the rows for each rank; nil for equal parts. Any may be 0.
  ///   - outputSplits: the rows that come from each rank, as `exchangeSplits` tells; nil for equal parts.
  /// - Returns: `[o_0 + ... + o_(W-1), ...]`.
  /// - Throws: `DistributedError` with code `.invalidArgument` when splits do not add up.
  public func allToAll(_ input: Tensor, inputSplits: [Int]? = nil, outputSplits: [Int]? = nil) throws -> Tensor {
    try now(allToAllAsync(input, inputSplits: inputSplits, outputSplits: outputSplits))
  }

  public func allToAllAsync(
    _ input: Tensor, inputSplits: [Int]? = nil, outputSplits: [Int]? = nil
  ) throws -> Work<Tensor> {
    try allToAllAsync(input, inputSplits: inputSplits, outputSplits: outputSplits) { parts in
      parts.count == 1 ? try parts[0].clone() : try Tensor.cat(parts)
    }
  }

  /// The same for a receiver that puts the parts where it wants them: what can be read where it lies is not copied before.
  ///
  /// - Parameter receive: gets the part of each rank, `[o_p, ...]`, good until it returns and not to be changed.
  public func allToAllAsync<Value>(
    _ input: Tensor, inputSplits: [Int]? = nil, outputSplits: [Int]? = nil,
    receive: @escaping (_ parts: [Tensor]) throws -> Value
  ) throws -> Work<Value> {
    let operation = "all-to-all"
    let sent = try splits(of: input, inputSplits, operation)
    let received = outputSplits ?? (inputSplits == nil ? sent : [])
    guard received.count == size, received.allSatisfy({ $0 >= 0 }) else {
      throw refused(operation, "output splits \(received) are not \(size) counts of 0 or more rows")
    }
    guard backend == .fake || sent[rank] == received[rank] else {
      throw refused(
        operation, "\(sent[rank]) rows for this rank itself are sent, and \(received[rank]) are to come from it")
    }
    let tail = Array(input.shape.dropFirst())
    let wire = try noGrad { try input.detach().contiguous() }
    let own = try wire.narrow(dim: 0, start: sent[..<rank].reduce(0, +), length: sent[rank])
    if size == 1 { return Work(operation, []) { try receive([own]) } }
    let width = tail.reduce(1, *)
    let ends = sent.indices.map { sent[...$0].reduce(0, +) * width * input.dtype.size }
    let (rank, size) = (rank, size)
    var parts: [Tensor] = []
    if let letter = try post(
      operation, .allToAll, wire, ends: ends,
      receive: { box, number in
        parts = try (0..<size).map { peer in
          if peer == rank { return own }
          let part = try box.part(number, from: peer, input.dtype)
          guard part.count == received[peer] * width else {
            throw TorchError(
              .invalidArgument, operation: operation,
              message: "rank \(peer) sent \(part.count) elements where \(received[peer] * width) were expected")
          }
          return try part.view([received[peer]] + tail)
        }
      })
    {
      return Work(operation, [letter]) {
        defer {
          parts = []
          (letter as? Letter)?.finish()
        }
        return try receive(parts)
      }
    }
    let output = try Tensor.empty([received.reduce(0, +)] + tail, dtype: input.dtype, device: input.device)
    func split() throws -> Value {
      var start = 0
      return try receive(
        received.map { count in
          defer { start += count }
          return try output.narrow(dim: 0, start: start, length: count)
        })
    }
    if backend == .fake, input.count == 0 {
      return Work(operation, []) {
        try output.zero_()
        return try split()
      }
    }
    let (sentElements, receivedElements) = (sent.map { Int64($0 * width) }, received.map { Int64($0 * width) })
    let flight = try begin(operation) {
      sr_group_all_to_all(pointer, wire.pointer, sentElements, output.pointer, receivedElements, &$0)
    }
    return Work(operation, [flight], finish: split)
  }

  /// Memory for the input of the next exchange, `[count]` and not zeroed; to be filled and sent before any other call. Between ranks
  /// of one host it is where the others read, so that sending copies nothing.
  public func inputMemory(_ count: Int, dtype: DType, device: Device) throws -> Tensor {
    guard let mailbox, device.isCPU, count > 0 else { return try Tensor.empty([count], dtype: dtype, device: device) }
    return try mailbox.memory(count, dtype)
  }

  /// Tells each rank how many rows this one will send it: the output splits for these input splits.
  public func exchangeSplits(_ inputSplits: [Int]) throws -> [Int] {
    guard inputSplits.count == size, inputSplits.allSatisfy({ $0 >= 0 }) else {
      throw refused("all-to-all", "input splits \(inputSplits) are not \(size) counts of 0 or more rows")
    }
    return try allToAll(Tensor(inputSplits, device: wireDevice)).ints()
  }

  private func splits(of input: Tensor, _ given: [Int]?, _ operation: String) throws -> [Int] {
    guard let rows = input.shape.first else { throw refused(operation, "a scalar has no rows to split") }
    guard let given else {
      guard rows % size == 0 else {
        throw refused(operation, "\(rows) rows are no equal parts for \(size) ranks; name the splits")
      }
      return Array(repeating: rows / size, count: size)
    }
    guard given.count == size, given.allSatisfy({ $0 >= 0 }), given.reduce(0, +) == rows else {
      throw refused(operation, "splits \(given) are not \(size) counts that add up to the \(rows) rows of the input")
    }
    return given
  }

  // MARK: Reduce-scatter

  /// Joins the inputs of all ranks, and gives each rank its part of the result.
  ///
  /// With gloo the parts are summed in the order of the ranks, 16-bit types in float32: the bits depend on nothing else.
  ///
  /// - Parameters:
  ///   - input: `[n_0 + ... + n_(W-1), ...]`, of one shape on all ranks.
  ///   - splits: `n_p`, the same on all ranks; nil for equal parts.
  /// - Returns: `[n_rank, ...]`.
  public func reduceScatter(_ input: Tensor, splits: [Int]? = nil, _ op: ReduceOp = .sum) throws -> Tensor {
    try now(reduceScatterAsync(input, splits: splits, op))
  }

  public func reduceScatterAsync(
    _ input: Tensor, splits given: [Int]? = nil, _ op: ReduceOp = .sum
  ) throws -> Work<Tensor> {
    let operation = "reduce-scatter"
    try requireReducible(input, op, operation)
    let splits = try splits(of: input, given, operation)
    let shape = [splits[rank]] + input.shape.dropFirst()
    let isEven = splits.allSatisfy { $0 == splits[0] }
    if isEven, backend == .nccl || backend == .fake, input.count > 0 {
      let wire = try noGrad { try input.detach().contiguous() }
      let output = try Tensor.empty(shape, dtype: input.dtype, device: input.device)
      let divides = op == .mean && !sr_group_has_mean(pointer)
      let flight = try begin(operation) {
        sr_group_reduce_scatter(pointer, wire.pointer, output.pointer, (divides ? .sum : op).rawValue, &$0)
      }
      return Work(operation, [flight]) { [size] in divides ? try output.div_(size) : output }
    }
    let arrived = try allToAllAsync(
      input, inputSplits: splits, outputSplits: Array(repeating: splits[rank], count: size))
    return arrived.map { [size] in
      try joined($0.reshape([size] + shape), op).to(dtype: input.dtype)
    }
  }

  // MARK: Gather and scatter

  /// The tensors of all ranks on rank `root`, nil on the others.
  ///
  /// - Parameter tensor: of one shape and type on all ranks.
  public func gather(_ tensor: Tensor, to root: Int = 0) throws -> [Tensor]? {
    try requireMember(root, "gather")
    let flat = try tensor.detach().reshape([-1])
    let output = try allToAll(
      flat, inputSplits: (0..<size).map { $0 == root ? flat.count : 0 },
      outputSplits: Array(repeating: rank == root ? flat.count : 0, count: size))
    guard rank == root else { return nil }
    let stacked = try output.reshape([size] + tensor.shape)
    return try (0..<size).map(stacked.row)
  }

  /// Gives each rank its tensor of the list that rank `root` holds.
  ///
  /// - Parameters:
  ///   - tensors: on `root`: one a rank, all of the shape of `output`; nil elsewhere.
  ///   - output: is filled.
  @discardableResult
  public func scatter(_ tensors: [Tensor]?, into output: Tensor, from root: Int = 0) throws -> Tensor {
    let operation = "scatter"
    try requireMember(root, operation)
    let input: Tensor
    if rank == root {
      guard let tensors, tensors.count == size,
        tensors.allSatisfy({ $0.shape == output.shape && $0.dtype == output.dtype })
      else {
        throw refused(operation, "rank \(root) needs \(size) tensors like \(output.summary)")
      }
      input = try Tensor.cat(tensors.map { try $0.detach().reshape([-1]) })
    } else {
      input = try Tensor.empty([0], dtype: output.dtype, device: output.device)
    }
    let mine = try allToAll(
      input, inputSplits: Array(repeating: rank == root ? output.count : 0, count: size),
      outputSplits: (0..<size).map { $0 == root ? output.count : 0 })
    return try noGrad { try output.copy_(mine.reshape(output.shape)) }
  }

  // MARK: Uneven all-gather

  /// The tensors of all ranks where their number of rows differs.
  ///
  /// - Parameters:
  ///   - tensor: `[n_rank, ...]`, alike but for its rows.
  ///   - rows: `n_p` of every rank where known; nil asks the others first.
  /// - Returns: `W` tensors `[n_p, ...]`.
  public func allGatherUneven(_ tensor: Tensor, rows: [Int]? = nil) throws -> [Tensor] {
    let operation = "all-gather"
    guard let own = tensor.shape.first else { throw refused(operation, "a scalar has no rows") }
    let counts = try rows ?? allGather(Tensor([own], device: tensor.device)).map { try $0.itemInt() }
    guard counts.count == size, counts[rank] == own, counts.allSatisfy({ $0 >= 0 }) else {
      throw refused(operation, "rows \(counts) are not \(size) counts with \(own) at \(rank)")
    }
    return try now(allGatherUnevenAsync(tensor, rows: counts))
  }

  /// The same where all counts are known.
  public func allGatherUnevenAsync(_ tensor: Tensor, rows counts: [Int]) throws -> Work<[Tensor]> {
    let most = counts.max() ?? 0
    let padded = try noGrad {
      let source = try tensor.detach()
      if source.shape[0] == most { return source }
      let padded = try Tensor.zeros([most] + tensor.shape.dropFirst(), dtype: tensor.dtype, device: tensor.device)
      try padded.rows(0..<source.shape[0]).copy_(source)
      return padded
    }
    return try allGatherAsync(padded).map { try zip($0, counts).map { try $0.rows(0..<$1) } }
  }

  /// Any bytes of all ranks, such as what must be alike everywhere.
  public func allGather(bytes: [UInt8]) throws -> [[UInt8]] {
    try allGatherUneven(Tensor(bytes, device: wireDevice)).map { try $0.values() }
  }

  /// Where small tensors of our own must lie to travel.
  private var wireDevice: Device { backend == .nccl ? .cuda(-1) : .cpu }
}

/// Joins `[W, ...]` over its first dimension, in the order of the ranks.
private func joined(_ parts: Tensor, _ op: ReduceOp) throws -> Tensor {
  let short = [DType.float16, .bfloat16].contains(parts.dtype)
  let wide: DType = short ? .float32 : parts.dtype == .bool ? .uint8 : parts.dtype
  let parts = try parts.to(dtype: wide)
  var result = try parts.row(0).clone()
  for position in 1..<max(1, parts.shape[0]) {
    let part = try parts.row(position)
    switch op {
    case .sum, .mean: try result.add_(part)
    case .product: try result.mul_(part)
    case .min: result = try result.minimum(part)
    case .max: result = try result.maximum(part)
    }
  }
  return op == .mean ? try result.div_(parts.shape[0]) : result
}
