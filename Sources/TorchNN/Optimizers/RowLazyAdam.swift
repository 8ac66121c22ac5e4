import Torch

/// Adam whose cost follows the rows a batch touches, not the table: `torch.optim.SparseAdam` for sparse gradients
/// and fused Adam for dense ones in the same optimiser. State: `exp_avg`, `exp_avg_sq`.
///
/// Rows outside the batch keep their values and moments; the step count, hence the bias correction, is that of the
/// whole table. Make the embeddings with `sparse: true`.
public final class RowLazyAdam: BaseOptimizer {
  private let rule: AdamRule

  /// An optimiser of `parameters`, usually `model.namedParameters()`.
  ///
  /// - Parameters:
  ///   - weightDecay: added to dense gradients, and to the touched rows of sparse ones.
  ///   - implementation: `.fused` takes the native row kernel (float32 on the CPU, no weight decay); else plain tensor
  ///     operations are taken.
  /// - Throws: `ModuleError` for an impossible value or an empty list.
  public init(
    _ parameters: [NamedTensor], learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, implementation: OptimizerImplementation = .fused
  ) throws {
    rule = AdamRule(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay, decoupled: false)
    try super.init(
      kind: "RowLazyAdam", parameters, learningRate: learningRate, implementation: implementation,
      stateKeys: AdamRule.stateKeys)
    try requireAdamValues(rule)
  }

  override func stepDense(_ group: [PendingUpdate]) throws {
    try stepAdam(group, rule)
  }

  override func stepSparse(_ group: [PendingUpdate]) throws {
    for update in group {
      try prepare(update.slot)
      update.slot.count += 1
      update.slot.countTensor = nil
      if suitsKernel(update.slot) {
        try native(update)
      } else {
        try reference(update)
      }
    }
  }

  private func suitsKernel(_ slot: ParameterSlot) -> Bool {
    implementation == .fused && rule.weightDecay == 0 && slot.tensor.rank == 2 && slot.tensor.device.isCPU
      && slot.tensor.dtype == .float32
  }

  private func native(_ update: PendingUpdate) throws {
    let slot = update.slot
    try rowLazyAdam_(
      weight: slot.tensor, expAvg: slot.buffers[0], expAvgSq: slot.buffers[1],
      ids: update.gradient.sparseIndices().select(dim: 0, index: 0).contiguous(),
      gradients: update.gradient.sparseValues().contiguous(), step: slot.count, learningRate: learningRate,
      beta1: rule.beta1, beta2: rule.beta2, epsilon: rule.epsilon)
  }

  private func reference(_ update: PendingUpdate) throws {
    let slot = update.slot
    let (average, square) = (slot.buffers[0], slot.buffers[1])
    let rows = try SparseRows(update.gradient)
    var values = rows.values
    if rule.weightDecay != 0 {
      values = try values.add(rows.select(from: slot.tensor), alpha: rule.weightDecay)
    }
    let (oldAverage, oldSquare) = (try rows.select(from: average), try rows.select(from: square))
    let averageChange = try (values - oldAverage) * (1 - rule.beta1)
    let squareChange = try (values * values - oldSquare) * (1 - rule.beta2)
    try average.add_(rows.sparse(averageChange))
    try square.add_(rows.sparse(squareChange))
    let (first, root) = rule.corrections(after: slot.count)
    let denominator = try (oldSquare + squareChange).sqrt_().add_(rule.epsilon)
    let change = try (oldAverage + averageChange) / denominator
    try slot.tensor.add_(rows.sparse(change), alpha: -learningRate * root / first)
  }
}
