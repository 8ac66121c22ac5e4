import Torch

extension BaseOptimizer {
  /// Steps parameters with sparse gradients by `rule`.
  ///
  /// - Parameter allRows: whether rows that the batch does not name take their step too, with a gradient of zero:
  ///   dense Adam without a dense gradient. Otherwise they rest, as in `torch.optim.SparseAdam`.
  final func stepAdamRows(_ group: [PendingUpdate], _ rule: AdamRule, allRows: Bool) throws {
    for update in group { try prepare(update.slot) }
    // One call steps all tables that are at the same count; a table that joined later has a call of its own.
    let native = group.filter { implementation == .fused && suitsRowKernel($0.slot.tensor) }
    for (count, tables) in Dictionary(grouping: native, by: \.slot.count).sorted(by: { $0.key < $1.key }) {
      try rowAdam_(
        tables.map(rowTable), step: count + 1, learningRate: learningRate, beta1: rule.beta1, beta2: rule.beta2,
        epsilon: rule.epsilon, weightDecay: rule.decoupled ? rule.weightDecay : 0,
        l2: rule.decoupled ? 0 : rule.weightDecay, allRows: allRows)
      for update in tables {
        update.slot.count += 1
        update.slot.countTensor = nil
      }
    }
    for update in group where !(implementation == .fused && suitsRowKernel(update.slot.tensor)) {
      if allRows {
        try stepAdam([update.densified()], rule)
      } else {
        update.slot.count += 1
        update.slot.countTensor = nil
        try rule.stepRows(update, learningRate: learningRate)
      }
    }
  }

  private func suitsRowKernel(_ table: Tensor) -> Bool {
    table.rank == 2 && table.device.isCPU && table.dtype == .float32 && table.isContiguous
  }

  private func rowTable(_ update: PendingUpdate) throws -> RowAdamTable {
    RowAdamTable(
      weight: update.slot.tensor, expAvg: update.slot.buffers[0], expAvgSq: update.slot.buffers[1],
      ids: try update.gradient.sparseIndices().select(dim: 0, index: 0),
      gradients: try update.gradient.sparseValues())
  }
}

extension AdamRule {
  /// The rows of one sparse gradient in plain tensor operations, in the order of `torch.optim.SparseAdam`.
  func stepRows(_ update: PendingUpdate, learningRate: Double) throws {
    let slot = update.slot
    let (average, square) = (slot.buffers[0], slot.buffers[1])
    let rows = try SparseRows(update.gradient)
    var values = rows.values
    if weightDecay != 0 { values = try values.add(rows.select(from: slot.tensor), alpha: weightDecay) }
    let (oldAverage, oldSquare) = (try rows.select(from: average), try rows.select(from: square))
    let averageChange = try (values - oldAverage) * (1 - beta1)
    let squareChange = try (values * values - oldSquare) * (1 - beta2)
    try average.add_(rows.sparse(averageChange))
    try square.add_(rows.sparse(squareChange))
    let (first, root) = corrections(after: slot.count)
    let denominator = try (oldSquare + squareChange).sqrt_().add_(epsilon)
    let change = try (oldAverage + averageChange) / denominator
    try slot.tensor.add_(rows.sparse(change), alpha: -learningRate * root / first)
  }
}
