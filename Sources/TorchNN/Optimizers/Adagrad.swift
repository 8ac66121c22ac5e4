import Torch

/// Steps that shrink with the sum of squared gradients; `torch.optim.Adagrad`. State: `sum`.
///
/// A sparse gradient touches the named rows only (with weight decay it is made dense first).
///
/// Duchi et al. 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization".
public final class Adagrad: BaseOptimizer {
  private let learningRateDecay: Double
  private let weightDecay: Double
  private let initialAccumulator: Double
  private let epsilon: Double

  /// An optimiser of `parameters`, usually `model.namedParameters()`.
  ///
  /// - Throws: `ModuleError` for an impossible value or an empty list.
  public init(
    _ parameters: [NamedTensor], learningRate: Double = 1e-2, learningRateDecay: Double = 0, weightDecay: Double = 0,
    initialAccumulator: Double = 0, epsilon: Double = 1e-10, implementation: OptimizerImplementation = .fused
  ) throws {
    self.learningRateDecay = learningRateDecay
    self.weightDecay = weightDecay
    self.initialAccumulator = initialAccumulator
    self.epsilon = epsilon
    try super.init(
      kind: "Adagrad", parameters, learningRate: learningRate, implementation: implementation, stateKeys: ["sum"])
    for (what, value) in [
      ("learning rate decay", learningRateDecay), ("weight decay", weightDecay),
      ("initial accumulator", initialAccumulator), ("epsilon", epsilon),
    ] {
      try require(value >= 0 && value.isFinite, what, value, "0 or more")
    }
  }

  override func makeBuffers(for tensor: Tensor) throws -> [Tensor] {
    [try tensor.zerosLike().fill_(value: initialAccumulator)]
  }

  override func stepDense(_ group: [PendingUpdate]) throws {
    for update in group { try prepare(update.slot) }
    // On CUDA the list operations are few kernels already; the fused one is for the CPU.
    let useFused = implementation == .fused && group.allSatisfy { $0.slot.tensor.device.isCPU }
    try count(group, inTensors: useFused)
    if useFused {
      try Tensor._fusedAdagrad_(
        group.tensors, grads: group.gradients, stateSums: group.buffers(0),
        stateSteps: group.map { try $0.slot.stepTensor() }, lr: learningRate, lrDecay: learningRateDecay,
        weightDecay: weightDecay, eps: epsilon, maximize: false)
    } else if implementation == .reference {
      for update in group { try reference(update) }
    } else {
      try foreach(group)
    }
  }

  override func stepSparse(_ group: [PendingUpdate]) throws {
    for update in group {
      guard weightDecay == 0 else {
        try stepDense([update.densified()])
        continue
      }
      let slot = update.slot
      try prepare(slot)
      slot.count += 1
      slot.countTensor = nil
      let rows = try SparseRows(update.gradient)
      let sum = slot.buffers[0]
      try sum.add_(rows.sparse(rows.values * rows.values))
      let root = try rows.select(from: sum).sqrt_().add_(epsilon)
      try slot.tensor.add_(rows.sparse(rows.values / root), alpha: -rate(after: slot.count))
    }
  }

  /// The learning rate of step number `count`, from 1.
  private func rate(after count: Int) -> Double {
    learningRate / (1 + Double(count - 1) * learningRateDecay)
  }

  private func foreach(_ group: [PendingUpdate]) throws {
    let tensors = group.tensors
    let sums = group.buffers(0)
    var gradients = group.gradients
    if weightDecay != 0 { gradients = try Tensor._foreachAdd(gradients, tensors, alpha: weightDecay) }
    try Tensor._foreachAddcmul_(sums, tensor1: gradients, tensor2: gradients, value: 1)
    let roots = try Tensor._foreachSqrt(sums)
    try Tensor._foreachAdd_(roots, scalar: epsilon)
    try Tensor._foreachAddcdiv_(
      tensors, tensor1: gradients, tensor2: roots, scalars: group.map { -rate(after: $0.slot.count) })
  }

  private func reference(_ update: PendingUpdate) throws {
    let tensor = update.slot.tensor
    let sum = update.slot.buffers[0]
    var gradient = update.gradient
    if weightDecay != 0 { gradient = try gradient.add(tensor, alpha: weightDecay) }
    try sum.addcmul_(tensor1: gradient, tensor2: gradient, value: 1)
    let root = try sum.sqrt().add_(epsilon)
    try tensor.addcdiv_(tensor1: gradient, tensor2: root, value: -rate(after: update.slot.count))
  }
}
