import Foundation
import Torch
import TorchNN

/// Joins the gradients of all ranks while backward still computes others.
///
/// A hook on each parameter puts its gradient into a bucket; a full bucket leaves, in the same order on all ranks. What has
/// no gradient by the end counts as zeros, so that no rank waits for a bucket that another never sends.
final class GradientReducer: @unchecked Sendable {
  /// What becomes of a full bucket.
  enum Mode {
    /// Every rank gets all of it; the parameters' gradients become views of the buckets.
    case replicate
    /// Each rank gets its share; the parameters' gradients are dropped.
    case scatter
  }

  let parameters: [NamedTensor]
  let group: ProcessGroup
  let options: DataParallelOptions
  private let mode: Mode
  private let lock = NSRecursiveLock()
  private(set) var buckets: [GradientBucket] = []
  /// Bucket and place in it of each parameter; nil for one whose gradient is sparse.
  private var places: [(bucket: Int, index: Int)?] = []
  private let sparse: Set<Int>
  private var hooks: [HookHandle] = []

  // One backward.
  private var isReady: [Bool]
  private var order: [Int] = []
  private var nextBucket = 0
  private var isRebuilt = false
  /// Off inside `noSync`.
  var isSyncing = true
  /// Told the number of each bucket that has left: its parameters are not needed any more in this backward.
  var hasLeft: (Int) throws -> Void = { _ in }

  /// - Parameters:
  ///   - sparse: names of parameters whose gradients name rows only.
  ///   - fixed: positions of the parameters by bucket; nil fills buckets by size.
  init(
    _ parameters: [NamedTensor], sparse names: Set<String> = [], group: ProcessGroup, mode: Mode,
    options: DataParallelOptions, buckets fixed: [[Int]]? = nil
  ) throws {
    self.parameters = parameters
    self.group = group
    self.mode = mode
    self.options = options
    sparse = Set(parameters.indices.filter { names.contains(parameters[$0].name) })
    isReady = Array(repeating: false, count: parameters.count)
    // Gradients come roughly in the opposite order of use.
    lay(out: fixed ?? plan(in: parameters.indices.reversed()))
    for (position, (_, tensor)) in parameters.enumerated() {
      hooks.append(
        try tensor.registerPostAccumulateGradHook { [weak self] tensor in try self?.arrived(position, tensor) })
    }
  }

  deinit { for hook in hooks { try? hook.remove() } }

  private func plan(in order: [Int]) -> [[Int]] {
    BucketPlan(
      parameters.map { BucketPlan.Item(count: $0.tensor.count, dtype: $0.tensor.dtype, device: $0.tensor.device) },
      order: order.filter { !sparse.contains($0) }, firstBytes: options.firstBucketBytes, bytes: options.bucketBytes
    ).buckets
  }

  /// Lays the buckets out anew.
  private func lay(out plan: [[Int]]) {
    let tensors = parameters.map(\.tensor)
    buckets = plan.map { GradientBucket($0, tensors: tensors, ranks: group.size) }
    places = Array(repeating: nil, count: parameters.count)
    for (number, bucket) in buckets.enumerated() {
      for (index, position) in bucket.members.enumerated() { places[position] = (number, index) }
    }
  }

  /// Runs the backward pass, whose gradients come here; after a failure nothing of it is left.
  func backward(_ loss: Tensor, gradient: Tensor?) throws {
    do {
      try loss.backward(gradient: gradient)
    } catch {
      abandon()
      throw error
    }
  }

  /// Runs `body` without exchange.
  func withoutSync<R>(_ body: () throws -> R) rethrows -> R {
    let before = isSyncing
    isSyncing = false
    defer { isSyncing = before }
    return try body()
  }

  // MARK: During backward

  private func arrived(_ position: Int, _ tensor: Tensor) throws {
    try lock.withLock {
      guard isSyncing else { return }
      guard !isReady[position] else {
        throw DistributedError(
          .invalidArgument, operation: "backward", rank: group.rank, group: group.name,
          message: "the gradient of \"\(parameters[position].name)\" came twice without a synchronize() between",
          remedy: "call backward(_:) of the wrapper, or synchronize() after each backward; accumulate inside noSync")
      }
      isReady[position] = true
      order.append(position)
      guard let place = places[position] else { return }
      let bucket = buckets[place.bucket]
      try noGrad { try move(tensor, into: bucket, place.index) }
      bucket.pending -= 1
      try leave()
    }
  }

  /// Puts a gradient where it travels; none counts as zeros.
  private func move(_ tensor: Tensor, into bucket: GradientBucket, _ index: Int) throws {
    let view = try bucket.view(index)
    guard let gradient = tensor.grad else {
      try view.zero_()
      return
    }
    if gradient.isSparse {
      try view.copy_(gradient.toDense())
    } else if !gradient.sharesStorage(with: view) {
      try view.copy_(gradient)
    }
    switch mode {
    case .replicate: try tensor.setGrad(view)
    case .scatter: try tensor.setGrad(nil)
    }
  }

  /// Sends full buckets, none before those in front of it.
  private func leave() throws {
    while nextBucket < buckets.count, buckets[nextBucket].pending == 0 {
      let bucket = buckets[nextBucket]
      bucket.work = try noGrad { try send(bucket) }
      nextBucket += 1
      try hasLeft(nextBucket - 1)
    }
  }

  private func send(_ bucket: GradientBucket) throws -> Work<Tensor> {
    let flat = try bucket.flat()
    if options.reduction == .mean, group.size > 1 { try flat.mul_(1 / Double(group.size)) }
    let wire = try options.compression.map { try flat.to(dtype: $0) } ?? flat
    switch mode {
    case .replicate:
      return try group.allReduceAsync(wire).map { sum in
        if !sum.sharesStorage(with: flat) { try flat.copy_(sum) }
        return flat
      }.traced(.allReduce, in: group.timeline)
    case .scatter:
      return try group.reduceScatterAsync(wire).map { try $0.to(dtype: flat.dtype) }
        .traced(.allReduce, in: group.timeline)
    }
  }

  // MARK: After backward

  /// Sends what is left, waits for everything, and gives for each bucket what this rank got.
  ///
  /// - Parameter meanwhile: runs between the last send and the first wait.
  /// - Returns: the buckets' values, and whether each parameter has a gradient on any rank.
  func finish(meanwhile: () throws -> Void = {}) throws -> (values: [Tensor], isUsed: [Bool]) {
    try lock.withLock {
      defer { reset() }
      return try noGrad {
        let touched = parameters.indices.map { isReady[$0] || parameters[$0].tensor.grad != nil }
        for bucket in buckets[nextBucket...] {
          for (index, position) in bucket.members.enumerated() where !isReady[position] {
            try move(parameters[position].tensor, into: bucket, index)
          }
          bucket.pending = 0
        }
        try leave()
        let used = options.findUnused ? try group.allReduceAsync(onDevice(touched), .max) : nil
        try meanwhile()
        try sumSparse()
        let values = try buckets.map { bucket -> Tensor in
          guard let work = bucket.work else { return try bucket.flat() }
          return try work.wait()
        }
        let isUsed = try used.map { try $0.wait().bools() } ?? Array(repeating: true, count: parameters.count)
        if mode == .replicate { try handOut(isUsed) } else { buckets.forEach { $0.release() } }
        try rebuild()
        return (values, isUsed)
      }
    }
  }

  private func onDevice(_ flags: [Bool]) throws -> Tensor {
    try Tensor(flags.map { UInt8($0 ? 1 : 0) }, device: parameters.first?.tensor.device ?? .cpu)
  }

  /// Parameters that got no gradient here, but did elsewhere, take it too; one that got none anywhere stays without.
  private func handOut(_ isUsed: [Bool]) throws {
    for bucket in buckets {
      for (index, position) in bucket.members.enumerated() {
        let tensor = parameters[position].tensor
        if tensor.grad == nil, isUsed[position] { try tensor.setGrad(bucket.view(index)) }
      }
    }
  }

  /// Sparse gradients: everybody's rows, one behind the other.
  private func sumSparse() throws {
    for position in sparse.sorted() {
      let tensor = parameters[position].tensor
      let gradient = try tensor.grad.map { try $0.coalesce() }
      let indices =
        try gradient.map { try $0.sparseIndices() } ?? Tensor.empty([1, 0], dtype: .int64, device: tensor.device)
      let values =
        try gradient.map { try $0.sparseValues() }
        ?? Tensor.empty([0] + tensor.shape.dropFirst(), dtype: tensor.dtype, device: tensor.device)
      let rows = try group.allGather(Tensor([values.shape[0]], device: tensor.device)).map { try $0.itemInt() }
      let allIndices = try group.allGatherUneven(indices.reshape([-1]), rows: rows)
      let allValues = try Tensor.cat(group.allGatherUneven(values, rows: rows))
      if options.reduction == .mean { try allValues.mul_(1 / Double(group.size)) }
      if rows.allSatisfy({ $0 == 0 }) { continue }
      try tensor.setGrad(
        Tensor.sparseCOO(indices: Tensor.cat(allIndices).unsqueeze(dim: 0), values: allValues, shape: tensor.shape)
          .coalesce())
    }
  }

  /// After the first backward the buckets follow the order in which gradients really come, as rank 0 saw it.
  private func rebuild() throws {
    guard !isRebuilt, mode == .replicate else { return }
    isRebuilt = true
    let seen = Set(order)
    let mine = order + parameters.indices.reversed().filter { !seen.contains($0) }
    let agreed = try group.broadcast(Tensor(mine, device: parameters.first?.tensor.device ?? .cpu)).ints()
    if agreed != parameters.indices.reversed() { lay(out: plan(in: agreed)) }
  }

  /// Ready for the next backward, also after one that failed.
  private func reset() {
    for position in isReady.indices { isReady[position] = false }
    order.removeAll(keepingCapacity: true)
    nextBucket = 0
    for bucket in buckets {
      bucket.pending = bucket.members.count
      bucket.work = nil
    }
  }

  /// Forgets a backward that failed on this rank.
  func abandon() { lock.withLock { reset() } }
}
