import Torch

/// Adam with weight decay apart from the gradient; `torch.optim.AdamW`.
///
/// A sparse gradient gives the same result as the dense one it stands for.
///
/// Loshchilov and Hutter 2017, arXiv:1711.05101.
public final class AdamW: BaseOptimizer {
  private let rule: AdamRule

  /// An optimiser of `parameters`, usually `model.namedParameters()`.
  ///
  /// - Throws: `ModuleError` for an impossible value or an empty list.
  public init(
    _ parameters: [NamedTensor], learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0.01, implementation: OptimizerImplementation = .fused
  ) throws {
    rule = AdamRule(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decoupled: true)
    try super.init(
      kind: "AdamW", parameters, learningRate: learningRate, implementation: implementation,
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
