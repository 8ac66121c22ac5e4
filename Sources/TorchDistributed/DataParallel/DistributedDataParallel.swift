import Torch
import TorchNN

/// Trains copies of one module on several ranks, each on its part of the batch; PyTorch's `DistributedDataParallel`.
///
/// Gradients are joined in buckets while backward computes the rest; afterwards all ranks hold the same ones, and the same
/// optimiser keeps the copies alike.
///
/// ```swift
/// let parallel = try DistributedDataParallel(model, group: group)
/// for (step, batch) in batches.enumerated() {
///   let loss = try model.loss(batch)
///   if step % 4 < 3 {
///     try parallel.noSync { try parallel.backward(loss) }   // accumulates here
///   } else {
///     try parallel.backward(loss)                           // joins what was accumulated
///     try optimizer.step()
///     try optimizer.zeroGrad()
///   }
/// }
/// ```
///
/// Li et al. 2020, "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", arXiv:2006.15704.
public final class DistributedDataParallel {
  public let module: Module
  public let group: ProcessGroup
  private let reducer: GradientReducer
  private let buffers: [NamedTensor]

  /// Checks (or makes) the module alike on all ranks and hooks into its parameters. Every rank does so.
  ///
  /// - Throws: `DistributedError`: `.mismatch` names the parameters that differ and the ranks.
  public init(_ module: Module, group: ProcessGroup, options: DataParallelOptions = DataParallelOptions()) throws {
    try options.validate(group.rank)
    self.module = module
    self.group = group
    let parameters = module.namedParameters().filter { !options.ignored.contains($0.name) && $0.tensor.requiresGrad }
    buffers = module.namedBuffers().filter { !options.ignored.contains($0.name) }
    try ParameterCheck.start(parameters + buffers, options.start, in: group)
    let tables = module.modules().compactMap { $0 as? Embedding }.filter(\.sparse).map(\.weight)
    let sparse = parameters.filter { parameter in tables.contains { $0.isSame(as: parameter.tensor) } }.map(\.name)
    reducer = try GradientReducer(
      parameters, sparse: Set(sparse), group: group, mode: .replicate, options: options)
  }

  /// Runs the backward pass and joins the gradients of all ranks; inside `noSync` it only accumulates them here.
  ///
  /// - Parameter gradient: of `loss`, where that is no single number.
  public func backward(_ loss: Tensor, gradient: Tensor? = nil) throws {
    try reducer.backward(loss, gradient: gradient)
    if reducer.isSyncing { try synchronize() }
  }

  /// Ends the exchange that a plain `loss.backward()` began: for loops that call it themselves.
  public func synchronize() throws {
    var copies: [(targets: [Tensor], work: Work<Tensor>)] = []
    _ = try reducer.finish {
      if reducer.options.broadcastBuffers { copies = try sendBuffers() }
    }
    for copy in copies {
      let flat = try copy.work.wait()
      var offset = 0
      for target in copy.targets {
        _ = try noGrad { try target.copy_(flat.narrow(dim: 0, start: offset, length: target.count).view(target.shape)) }
        offset += target.count
      }
    }
  }

  /// Runs `body` without exchange: gradients pile up on each rank, and the next synchronised backward joins the sums.
  public func noSync<R>(_ body: () throws -> R) rethrows -> R { try reducer.withoutSync(body) }

  /// The buckets as they leave now: names of their parameters. The order follows backward after the first step.
  public var bucketNames: [[String]] {
    reducer.buckets.map { $0.members.map { reducer.parameters[$0].name } }
  }

  /// Buffers of one kind travel together.
  private func sendBuffers() throws -> [(targets: [Tensor], work: Work<Tensor>)] {
    if group.size == 1 { return [] }
    let kinds = Dictionary(grouping: buffers.map(\.tensor)) { "\($0.dtype) \($0.device)" }
    return try kinds.sorted { $0.key < $1.key }.map { _, tensors in
      let flat = try noGrad { try Tensor.cat(tensors.map { try $0.detach().reshape([-1]) }) }
      return (tensors, try group.broadcastAsync(flat))
    }
  }
}
