import Torch

/// Adam whose cost follows the rows a batch touches, not the table: `torch.optim.SparseAdam` for sparse gradients
/// and fused Adam for dense ones in the same optimiser. State: `exp_avg`, `exp_avg_sq`.
///
/// Rows outside the batch keep their values and moments; the step count, hence the bias correction, is that of the
/// whole table. Make the embeddings with `sparse: true`.
public final class RowLazyAdam: BaseOptimizer {
  private let rows: AdamRule
  private let dense: AdamRule

  /// An optimiser of `parameters`, usually `model.namedParameters()`.
  ///
  /// - Parameters:
  ///   - weightDecay: an L2 penalty on the rows that a batch touches. Dense weights take none: a table's penalty is per
  ///     look-up, and the same number on the layers above decays them at every step until they hold nothing.
  ///   - implementation: `.fused` takes the native row kernel where it can (float32 on the CPU); else plain tensor
  ///     operations are taken.
  /// - Throws: `ModuleError` for an impossible value or an empty list.
  public init(
    _ parameters: [NamedTensor], learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, implementation: OptimizerImplementation = .fused
  ) throws {
    rows = AdamRule(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decoupled: false)
    dense = AdamRule(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: 0, decoupled: false)
    try super.init(
      kind: "RowLazyAdam", parameters, learningRate: learningRate, implementation: implementation,
      stateKeys: AdamRule.stateKeys)
    try requireAdamValues(rows)
  }

  override func stepDense(_ group: [PendingUpdate]) throws {
    try stepAdam(group, dense)
  }

  override func stepSparse(_ group: [PendingUpdate]) throws {
    try stepAdamRows(group, rows, allRows: false)
  }
}
