import CSwiftRec

/// A table, its moments, and the gradient rows of one batch.
public struct RowAdamTable: Sendable {
  let weight, expAvg, expAvgSq, ids, gradients: Tensor

  /// - Parameters:
  ///   - weight: `[R, D]` float32 on the CPU, contiguous; so are `expAvg` and `expAvgSq`.
  ///   - ids: `[N]` int64 rows in `0..<R`; repeated ids are summed first. Tables may share one ids tensor.
  ///   - gradients: `[N, D]` float32.
  public init(weight: Tensor, expAvg: Tensor, expAvgSq: Tensor, ids: Tensor, gradients: Tensor) {
    self.weight = weight
    self.expAvg = expAvg
    self.expAvgSq = expAvgSq
    self.ids = ids
    self.gradients = gradients
  }
}

/// One Adam step over several tables from the gradient rows of a batch.
///
/// - Parameters:
///   - step: 1 for the first update.
///   - weightDecay: decoupled, as in AdamW.
///   - l2: `l2 * w` is added to the summed gradient of a row, as `weight_decay` in `torch.optim.Adam`.
///   - allRows: false leaves rows that the batch does not name untouched, moments included (`torch.optim.SparseAdam`); true
///     lets them take a step with a gradient of zero: dense Adam, without a dense gradient ever being made.
/// - Throws: `TorchError` that names the position of an id outside its table; no table is changed then.
///
/// Kingma and Ba 2015, "Adam", arXiv:1412.6980, algorithm 1.
public func rowAdam_(
  _ tables: [RowAdamTable], step: Int, learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999,
  epsilon: Double = 1e-8, weightDecay: Double = 0, l2: Double = 0, allRows: Bool = false
) throws {
  let options = SRRowAdam(
    learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weight_decay: weightDecay,
    l2: l2, step: Int64(step), all_rows: allRows)
  let weights: [OpaquePointer?] = tables.map(\.weight.pointer)
  let averages: [OpaquePointer?] = tables.map(\.expAvg.pointer)
  let squares: [OpaquePointer?] = tables.map(\.expAvgSq.pointer)
  let ids: [OpaquePointer?] = tables.map(\.ids.pointer)
  let gradients: [OpaquePointer?] = tables.map(\.gradients.pointer)
  let status = withExtendedLifetime(tables) {
    sr_row_adam(weights, averages, squares, ids, gradients, tables.count, options)
  }
  try check(status, "row_adam", tables.map(\.weight))
}

/// One dense Adam step over tensors of any shape in one loop: for the many small parameters of a network, where a loop per
/// tensor costs more than the arithmetic.
///
/// All tensors float32, contiguous, on the CPU; the lists have one entry a parameter. The other arguments as in `rowAdam_`.
public func denseAdam_(
  weights: [Tensor], expAvgs: [Tensor], expAvgSqs: [Tensor], gradients: [Tensor], step: Int, learningRate: Double,
  beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0, l2: Double = 0
) throws {
  guard expAvgs.count == weights.count, expAvgSqs.count == weights.count, gradients.count == weights.count else {
    throw TorchError(
      .invalidArgument, operation: "dense_adam",
      message: "\(weights.count) weights with \(expAvgs.count) and \(expAvgSqs.count) moments "
        + "and \(gradients.count) gradients")
  }
  let options = SRRowAdam(
    learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weight_decay: weightDecay, l2: l2,
    step: Int64(step), all_rows: true)
  let pointers: ([Tensor]) -> [OpaquePointer?] = { $0.map(\.pointer) }
  let status = withExtendedLifetime((weights, expAvgs, expAvgSqs, gradients)) {
    sr_dense_adam(
      pointers(weights), pointers(expAvgs), pointers(expAvgSqs), pointers(gradients), weights.count, options)
  }
  try check(status, "dense_adam", weights)
}
