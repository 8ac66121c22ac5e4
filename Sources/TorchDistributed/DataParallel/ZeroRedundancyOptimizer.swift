import Torch
import TorchNN

/// Data-parallel training with the optimiser's state split over the ranks.
///
/// Gradients are reduce-scattered while backward runs, so that each rank holds its share of them alone; it steps that share
/// of the parameters, and the new values are gathered by all. State and gradients take `1/W` of the memory, the traffic is
/// that of `DistributedDataParallel`, and the result is that of the optimiser without sharding.
///
/// ```swift
/// let optimizer = try ZeroRedundancyOptimizer(model.namedParameters(), group: group) { try AdamW($0) }
/// try optimizer.backward(loss)
/// try optimizer.step()
/// ```
///
/// Rajbhandari et al. 2020, "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models", arXiv:1910.02054,
/// stage 2.
public final class ZeroRedundancyOptimizer: Optimizer {
  public let parameters: [NamedTensor]
  public let group: ProcessGroup
  let reducer: GradientReducer
  let pieces: [ShardPiece]
  /// The parameters of each bucket, one behind the other; the parameters are views of it.
  private let values: [Tensor]
  /// Steps this rank's pieces; nil where a tiny model leaves none.
  let inner: (any Optimizer)?
  private var idleLearningRate = 0.0
  private var isExchanged = false

  /// Lays the parameters out anew, in place, and makes an optimiser of this rank's share. Every rank does so.
  ///
  /// - Parameters:
  ///   - parameters: dense ones, alike on all ranks.
  ///   - make: an optimiser of pieces of the flattened parameters, which keep their names; its rule must treat each element
  ///     by itself, as SGD, Adam, AdamW and Adagrad do.
  /// - Throws: `DistributedError` as `DistributedDataParallel` does; what `make` throws.
  public init(
    _ parameters: [NamedTensor], group: ProcessGroup, options: DataParallelOptions = DataParallelOptions(),
    make: ([NamedTensor]) throws -> any Optimizer
  ) throws {
    try options.validate(group.rank)
    let parameters = parameters.filter { !options.ignored.contains($0.name) }
    self.parameters = parameters
    self.group = group
    try ParameterCheck.start(parameters, options.start, in: group)
    let reducer = try GradientReducer(parameters, group: group, mode: .scatter, options: options)
    self.reducer = reducer
    var values: [Tensor] = []
    var pieces: [ShardPiece] = []
    try noGrad {
      for (number, bucket) in reducer.buckets.enumerated() {
        let first = parameters[bucket.members[0]].tensor
        let flat = try Tensor.zeros([bucket.count], dtype: first.dtype, device: first.device)
        for (position, offset) in zip(bucket.members, bucket.offsets) {
          let (name, tensor) = parameters[position]
          let view = try flat.narrow(dim: 0, start: offset, length: tensor.count).view(tensor.shape)
          try view.copy_(tensor.detach())
          try tensor.setData(view)
          let share = bucket.count / group.size
          pieces.append(
            contentsOf: ShardPiece.all(
              position, name: name, in: number, at: offset..<(offset + tensor.count), share: share, rank: group.rank))
        }
        values.append(flat)
      }
      for index in pieces.indices { pieces[index].tensor = try pieces[index].view(of: values[pieces[index].bucket]) }
    }
    self.values = values
    self.pieces = pieces
    let named: [NamedTensor] = pieces.compactMap { piece in piece.tensor.map { (piece.name, $0) } }
    inner = named.isEmpty ? nil : try make(named)
  }

  public var learningRate: Double {
    get { inner?.learningRate ?? idleLearningRate }
    set {
      inner?.learningRate = newValue
      idleLearningRate = newValue
    }
  }

  /// Runs the backward pass and gives each rank its share of the joined gradients; inside `noSync` it only accumulates.
  ///
  /// Afterwards the parameters' own `grad` is nil.
  public func backward(_ loss: Tensor, gradient: Tensor? = nil) throws {
    try reducer.backward(loss, gradient: gradient)
    if reducer.isSyncing { try synchronize() }
  }

  /// Ends the exchange that a plain `loss.backward()` began.
  public func synchronize() throws {
    let (shares, isUsed) = try reducer.finish()
    for piece in pieces {
      let gradient = try shares[piece.bucket].narrow(dim: 0, start: piece.shareStart, length: piece.range.count)
      if let before = piece.tensor?.grad {
        if isUsed[piece.parameter] { try before.add_(gradient) }
      } else {
        try piece.tensor?.setGrad(isUsed[piece.parameter] ? gradient : nil)
      }
    }
    isExchanged = true
  }

  /// Runs `body` without exchange: gradients pile up on each rank.
  public func noSync<R>(_ body: () throws -> R) rethrows -> R { try reducer.withoutSync(body) }

  /// The norm of all gradients together, the same on all ranks; with `maxNorm` they are scaled down to it.
  @discardableResult
  public func clipGradNorm(maxNorm: Double = .infinity) throws -> Double {
    let gradients = pieces.compactMap { $0.tensor?.grad }
    let own = try gradients.reduce(0.0) { try $0 + $1.to(dtype: .float64).square().sum().item() }
    let device = parameters.first?.tensor.device ?? .cpu
    let norm = try group.allReduce(Tensor([own], device: device)).item().squareRoot()
    if norm > maxNorm { for gradient in gradients { try gradient.mul_(maxNorm / (norm + 1e-6)) } }
    return norm
  }

  /// Steps this rank's share and gathers those of the others.
  ///
  /// - Throws: `DistributedError` when no exchange came before it.
  public func step() throws {
    guard isExchanged else {
      throw DistributedError(
        .invalidArgument, operation: "step", rank: group.rank, group: group.name,
        message: "step() came before the gradients were exchanged", remedy: "call backward(_:) of this optimiser first")
    }
    try inner?.step()
    if group.size == 1 { return }
    let works = try values.map { flat in
      let share = flat.count / group.size
      return try group.allGatherAsync(flat.narrow(dim: 0, start: group.rank * share, length: share), into: flat)
    }
    for work in works { try work.wait() }
  }

  public func zeroGrad() throws {
    for (_, tensor) in parameters { try tensor.setGrad(nil) }
    for piece in pieces { try piece.tensor?.setGrad(nil) }
  }

  /// Bytes of gradients, parameters and state that this rank steps.
  public var ownedElements: Int { pieces.reduce(0) { $0 + $1.range.count } }
}
