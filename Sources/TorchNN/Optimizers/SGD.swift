import Torch

/// Stochastic gradient descent with optional momentum; `torch.optim.SGD`. State: `momentum_buffer`.
///
/// A sparse gradient without momentum and weight decay touches the named rows only. With either of them each row
/// moves in each step, so the gradient is made dense first.
///
/// Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning".
public final class SGD: BaseOptimizer {
  private let momentum: Double
  private let dampening: Double
  private let weightDecay: Double
  private let nesterov: Bool

  /// An optimiser of `parameters`, usually `model.namedParameters()`.
  ///
  /// - Throws: `ModuleError` for an impossible value, an empty list, or Nesterov without momentum.
  public init(
    _ parameters: [NamedTensor], learningRate: Double = 1e-3, momentum: Double = 0, dampening: Double = 0,
    weightDecay: Double = 0, nesterov: Bool = false, implementation: OptimizerImplementation = .fused
  ) throws {
    self.momentum = momentum
    self.dampening = dampening
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    try super.init(
      kind: "SGD", parameters, learningRate: learningRate, implementation: implementation,
      stateKeys: momentum == 0 ? [] : ["momentum_buffer"])
    try require(momentum >= 0 && momentum.isFinite, "momentum", momentum, "0 or more")
    try require(weightDecay >= 0 && weightDecay.isFinite, "weight decay", weightDecay, "0 or more")
    try require(
      !nesterov || (momentum > 0 && dampening == 0), "nesterov with momentum", momentum,
      "momentum above 0 and dampening 0")
  }

  override func stepDense(_ group: [PendingUpdate]) throws {
    // The first buffer is the gradient itself, not a dampened one.
    let fresh = momentum == 0 ? [] : group.filter { $0.slot.buffers.isEmpty }
    let known = momentum == 0 ? group : group.filter { !$0.slot.buffers.isEmpty }
    for update in fresh { try prepare(update.slot) }
    try count(group, inTensors: false)
    for (part, isFirst) in [(fresh, true), (known, false)] where !part.isEmpty {
      switch implementation {
      case .fused: try fused(part, isFirst)
      case .foreach: try foreach(part, isFirst)
      case .reference: for update in part { try reference(update, isFirst) }
      }
    }
  }

  override func stepSparse(_ group: [PendingUpdate]) throws {
    for update in group {
      guard momentum == 0, weightDecay == 0 else {
        try stepDense([update.densified()])
        continue
      }
      update.slot.count += 1
      try update.slot.tensor.add_(update.gradient, alpha: -learningRate)
    }
  }

  private func fused(_ group: [PendingUpdate], _ isFirst: Bool) throws {
    try Tensor._fusedSgd_(
      group.tensors, grads: group.gradients, momentumBufferList: momentum == 0 ? [] : group.buffers(0),
      weightDecay: weightDecay, momentum: momentum, lr: learningRate, dampening: dampening, nesterov: nesterov,
      maximize: false, isFirstStep: isFirst)
  }

  private func foreach(_ group: [PendingUpdate], _ isFirst: Bool) throws {
    let tensors = group.tensors
    var gradients = group.gradients
    if weightDecay != 0 { gradients = try Tensor._foreachAdd(gradients, tensors, alpha: weightDecay) }
    if momentum != 0 {
      let buffers = group.buffers(0)
      if isFirst {
        try Tensor._foreachAdd_(buffers, gradients)
      } else {
        try Tensor._foreachMul_(buffers, scalar: momentum)
        try Tensor._foreachAdd_(buffers, gradients, alpha: 1 - dampening)
      }
      gradients = nesterov ? try Tensor._foreachAdd(gradients, buffers, alpha: momentum) : buffers
    }
    try Tensor._foreachAdd_(tensors, gradients, alpha: -learningRate)
  }

  private func reference(_ update: PendingUpdate, _ isFirst: Bool) throws {
    let tensor = update.slot.tensor
    var gradient = update.gradient
    if weightDecay != 0 { gradient = try gradient.add(tensor, alpha: weightDecay) }
    if momentum != 0 {
      let buffer = update.slot.buffers[0]
      if isFirst {
        try buffer.copy_(gradient)
      } else {
        try buffer.mul_(momentum).add_(gradient, alpha: 1 - dampening)
      }
      gradient = nesterov ? try gradient.add(buffer, alpha: momentum) : buffer
    }
    try tensor.add_(gradient, alpha: -learningRate)
  }
}
