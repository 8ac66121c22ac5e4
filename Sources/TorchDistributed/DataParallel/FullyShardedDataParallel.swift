import Torch
import TorchNN

/// Data-parallel training where parameters, gradients and the optimiser's state are all split over the ranks.
///
/// The parameters of a block are gathered before it computes, forward and backward, and given back after it; between, a
/// rank holds `1/W` of them. The result is that of training without sharding.
///
/// ```swift
/// let sharded = try FullyShardedDataParallel([model.bottom, model.top], group: group) { try AdamW($0) }
/// let hidden = try sharded.run(model.bottom, features) { try model.bottom($0) }
/// let logits = try sharded.run(model.top, hidden) { try model.top($0) }
/// try sharded.backward(Loss.mse(logits, labels))
/// try sharded.step()
/// ```
///
/// Zhao et al. 2023, "PyTorch FSDP: Experiences on Scaling Fully Sharded Data Parallel", arXiv:2304.11277.
public final class FullyShardedDataParallel {
  public let group: ProcessGroup
  private let blocks: [Module]
  private let units: [ShardedUnit]
  private let reducer: GradientReducer
  private let inner: (any Optimizer)?
  private var isExchanged = false
  /// Inside `gathered` blocks stay whole.
  private var isGathered = false

  /// Splits the parameters of the blocks, in place. Every rank does so.
  ///
  /// - Parameters:
  ///   - blocks: modules that share no parameter, in the order of their use; parameters of one type and device each.
  ///   - make: an optimiser of this rank's pieces, as for `ZeroRedundancyOptimizer`.
  /// - Throws: `DistributedError`: `.mismatch` as `DistributedDataParallel`, `.invalidArgument` for blocks without
  ///   parameters or with common ones.
  public init(
    _ blocks: [Module], group: ProcessGroup, options: DataParallelOptions = DataParallelOptions(),
    make: ([NamedTensor]) throws -> any Optimizer
  ) throws {
    try options.validate(group.rank)
    self.group = group
    self.blocks = blocks
    var parameters: [NamedTensor] = []
    var positions: [[Int]] = []
    for (number, block) in blocks.enumerated() {
      let own = block.namedParameters()
      let isMixed = own.contains { $0.tensor.dtype != own[0].tensor.dtype || $0.tensor.device != own[0].tensor.device }
      let isShared = own.contains { mine in parameters.contains { $0.tensor.isSame(as: mine.tensor) } }
      guard !own.isEmpty, !isMixed, !isShared else {
        throw DistributedError(
          .invalidArgument, operation: "fully sharded", rank: group.rank, group: group.name,
          message: "block \(number), \(type(of: block)), has "
            + (own.isEmpty ? "no parameters" : isMixed ? "parameters of several types" : "parameters of another block"),
          remedy: "leave it out, or merge it with the block that shares its parameters")
      }
      positions.append(Array(parameters.count..<parameters.count + own.count))
      parameters += own.map { ("\(number).\($0.name)", $0.tensor) }
    }
    try ParameterCheck.start(parameters, options.start, in: group)
    // Gradients come in the opposite order of use.
    reducer = try GradientReducer(
      parameters, group: group, mode: .scatter, options: options, buckets: positions.reversed())
    let (reducer, count) = (reducer, blocks.count)
    units = try noGrad {
      try positions.indices.map { number in
        let bucket = count - 1 - number
        return try ShardedUnit(
          positions[number].map { parameters[$0] }, positions: positions[number], number: bucket,
          bucket: reducer.buckets[bucket], group: group)
      }
    }
    let named: [NamedTensor] = units.flatMap(\.pieces).compactMap { piece in piece.tensor.map { (piece.name, $0) } }
    inner = named.isEmpty ? nil : try make(named)
    reducer.hasLeft = { [weak self] bucket in try self?.giveBack(count - 1 - bucket) }
  }

  private func giveBack(_ number: Int) throws {
    if !isGathered, units[number].isWhole { try units[number].release() }
  }

  /// Computes one block. Everything that comes out of it and is used must be in the returned tensor.
  ///
  /// - Throws: `DistributedError` for a module that is none of the blocks; what `body` throws.
  public func run(_ block: Module, _ input: Tensor, _ body: (Tensor) throws -> Tensor) throws -> Tensor {
    guard let number = blocks.firstIndex(where: { $0 === block }) else {
      throw DistributedError(
        .invalidArgument, operation: "fully sharded", rank: group.rank, group: group.name,
        message: "\(type(of: block)) is none of the \(blocks.count) blocks",
        remedy: "pass a block that was given to init")
    }
    let unit = units[number]
    try unit.gather()
    let output = try body(input)
    // Backward needs the values again, before it enters the block.
    if output.requiresGrad {
      try output.registerHook { _ in
        try unit.gather()
        return nil
      }
    }
    if !isGathered { try unit.release() }
    return output
  }

  /// Runs the backward pass; each rank gets its share of the joined gradients.
  public func backward(_ loss: Tensor, gradient: Tensor? = nil) throws {
    do {
      try loss.backward(gradient: gradient)
      let (shares, isUsed) = try reducer.finish()
      for piece in units.flatMap(\.pieces) {
        guard isUsed[piece.parameter] else { continue }
        let gradient = try shares[piece.bucket].narrow(dim: 0, start: piece.shareStart, length: piece.range.count)
        if let before = piece.tensor?.grad {
          _ = try noGrad { try before.add_(gradient) }
        } else {
          try piece.tensor?.setGrad(gradient)
        }
      }
      isExchanged = true
    } catch {
      reducer.abandon()
      throw error
    }
    for number in units.indices { try giveBack(number) }
  }

  public var learningRate: Double {
    get { inner?.learningRate ?? 0 }
    set { inner?.learningRate = newValue }
  }

  /// Steps this rank's share; the others see it when they gather.
  public func step() throws {
    guard isExchanged else {
      throw DistributedError(
        .invalidArgument, operation: "step", rank: group.rank, group: group.name,
        message: "step() came before the gradients were exchanged", remedy: "call backward(_:) of this wrapper first")
    }
    try inner?.step()
  }

  public func zeroGrad() throws {
    for piece in units.flatMap(\.pieces) { try piece.tensor?.setGrad(nil) }
  }

  /// Runs `body` with all parameters whole: to save, to evaluate. Changes that `body` makes to them are lost.
  public func gathered<R>(_ body: () throws -> R) throws -> R {
    for unit in units { try unit.gather() }
    isGathered = true
    defer { isGathered = false }
    let result = try body()
    for unit in units { try unit.release() }
    return result
  }

  /// Bytes of parameters that this rank holds now.
  public var residentBytes: Int {
    units.reduce(0) { sum, unit in
      let own = unit.shard.count * unit.shard.dtype.size
      return sum + own + (unit.isWhole ? own * group.size : 0)
    }
  }
}
