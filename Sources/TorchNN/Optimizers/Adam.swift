import Torch

/// Adam with bias correction; `torch.optim.Adam`. `weightDecay` is added to the gradient (L2); see `AdamW`.
///
/// A sparse gradient gives the same result as the dense one it stands for: rows outside the batch move by their
/// moments. `RowLazyAdam` lets them rest.
///
/// Kingma and Ba 2014, arXiv:1412.6980.
public final class Adam: BaseOptimizer {
  private let rule: AdamRule

  /// An optimiser of `parameters`, usually `model.namedParameters()`.
  ///
  /// - Throws: `ModuleError` for an impossible value or an empty list.
  public init(
    _ parameters: [NamedTensor], learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, implementation: OptimizerImplementation = .fused
  ) throws {
    rule = AdamRule(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decoupled: false)
    try super.init(
      kind: "Adam", parameters, learningRate: learningRate, implementation: implementation,
      stateKeys: AdamRule.stateKeys)
    try requireAdamValues(rule)
  }

  override func stepDense(_ group: [PendingUpdate]) throws {
    try stepAdam(group, rule)
  }

  override func stepSparse(_ group: [PendingUpdate]) throws {
    try stepAdamRows(group, rule, allRows: true)
  }
}

extension BaseOptimizer {
  /// Throws unless the values of an Adam rule are possible.
  final func requireAdamValues(_ rule: AdamRule) throws {
    try require((0..<1).contains(rule.beta1), "beta1", rule.beta1, "0 or more and below 1")
    try require((0..<1).contains(rule.beta2), "beta2", rule.beta2, "0 or more and below 1")
    try require(rule.epsilon >= 0 && rule.epsilon.isFinite, "epsilon", rule.epsilon, "0 or more")
    try require(rule.weightDecay >= 0 && rule.weightDecay.isFinite, "weight decay", rule.weightDecay, "0 or more")
  }

  /// Steps a dense group by `rule`.
  final func stepAdam(_ group: [PendingUpdate], _ rule: AdamRule) throws {
    for update in group { try prepare(update.slot) }
    if implementation == .fused, group.allSatisfy(\.suitsNativeAdam) { return try stepAdamNatively(group, rule) }
    try count(group, inTensors: implementation == .fused)
    try rule.step(group, learningRate: learningRate, implementation: implementation)
  }

  /// All parameters that are at the same count in one call.
  private func stepAdamNatively(_ group: [PendingUpdate], _ rule: AdamRule) throws {
    for (count, updates) in Dictionary(grouping: group, by: \.slot.count).sorted(by: { $0.key < $1.key }) {
      try denseAdam_(
        weights: updates.tensors, expAvgs: updates.buffers(0), expAvgSqs: updates.buffers(1),
        gradients: updates.gradients, step: count + 1, learningRate: learningRate, beta1: rule.beta1, beta2: rule.beta2,
        epsilon: rule.epsilon, weightDecay: rule.decoupled ? rule.weightDecay : 0,
        l2: rule.decoupled ? 0 : rule.weightDecay)
      for update in updates {
        update.slot.count += 1
        update.slot.countTensor = nil
      }
    }
  }
}

extension PendingUpdate {
  /// Whether the one-loop kernel can step this parameter.
  fileprivate var suitsNativeAdam: Bool {
    slot.tensor.device.isCPU && slot.tensor.dtype == .float32 && gradient.dtype == .float32 && slot.tensor.isContiguous
      && gradient.isContiguous
  }
}
