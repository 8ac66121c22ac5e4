import Torch

/// The arithmetic that `Adam`, `AdamW` and the dense part of `RowLazyAdam` share. State: `exp_avg`, `exp_avg_sq`.
struct AdamRule {
  static let stateKeys = ["exp_avg", "exp_avg_sq"]

  let beta1: Double
  let beta2: Double
  let epsilon: Double
  let weightDecay: Double
  /// AdamW's decay of the weights apart from the gradient.
  let decoupled: Bool

  /// Steps a group whose state exists and whose counts already include this step.
  func step(_ group: [PendingUpdate], learningRate: Double, implementation: OptimizerImplementation) throws {
    switch implementation {
    case .fused: try fused(group, learningRate)
    case .foreach: try foreach(group, learningRate)
    case .reference: for update in group { try reference(update, learningRate) }
    }
  }

  private func fused(_ group: [PendingUpdate], _ learningRate: Double) throws {
    let kernel = decoupled ? Tensor._fusedAdamw_ : Tensor._fusedAdam_
    try kernel(
      group.tensors, group.gradients, group.buffers(0), group.buffers(1), [],
      group.map { try $0.slot.stepTensor() }, learningRate, beta1, beta2, weightDecay, epsilon, false, false, nil, nil)
  }

  private func foreach(_ group: [PendingUpdate], _ learningRate: Double) throws {
    let tensors = group.tensors
    var gradients = group.gradients
    if weightDecay != 0 {
      if decoupled {
        try Tensor._foreachMul_(tensors, scalar: 1 - learningRate * weightDecay)
      } else {
        gradients = try Tensor._foreachAdd(gradients, tensors, alpha: weightDecay)
      }
    }
    let (averages, squares) = (group.buffers(0), group.buffers(1))
    try Tensor._foreachLerp_(averages, tensors1: gradients, weight: 1 - beta1)
    try Tensor._foreachMul_(squares, scalar: beta2)
    try Tensor._foreachAddcmul_(squares, tensor1: gradients, tensor2: gradients, value: 1 - beta2)
    let factors = group.map { corrections(after: $0.slot.count) }
    let roots = try Tensor._foreachSqrt(squares)
    try Tensor._foreachDiv_(roots, scalars: factors.map(\.root))
    try Tensor._foreachAdd_(roots, scalar: epsilon)
    try Tensor._foreachAddcdiv_(
      tensors, tensor1: averages, tensor2: roots, scalars: factors.map { -learningRate / $0.first })
  }

  private func reference(_ update: PendingUpdate, _ learningRate: Double) throws {
    let tensor = update.slot.tensor
    var gradient = update.gradient
    if weightDecay != 0 {
      if decoupled {
        try tensor.mul_(1 - learningRate * weightDecay)
      } else {
        gradient = try gradient.add(tensor, alpha: weightDecay)
      }
    }
    let (average, square) = (update.slot.buffers[0], update.slot.buffers[1])
    try average.lerp_(end: gradient, weight: 1 - beta1)
    try square.mul_(beta2).addcmul_(tensor1: gradient, tensor2: gradient, value: 1 - beta2)
    let (first, root) = corrections(after: update.slot.count)
    let denominator = try square.sqrt().div_(root).add_(epsilon)
    try tensor.addcdiv_(tensor1: average, tensor2: denominator, value: -learningRate / first)
  }

  /// `1 - beta1^t` and the root of `1 - beta2^t`: what undoes the start from zero.
  func corrections(after step: Int) -> (first: Double, root: Double) {
    (1 - power(beta1, step), (1 - power(beta2, step)).squareRoot())
  }
}
