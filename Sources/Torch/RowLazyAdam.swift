import CSwiftRec

/// One step of row-lazy Adam (`torch.optim.SparseAdam`): rows that the gradient does not name stay untouched, moments included.
///
/// - Parameters:
///   - weight: `[R, D]` float32 on the CPU, contiguous; so are `expAvg` and `expAvgSq`.
///   - ids: `[N]` int64 rows in `0..<R`; repeated ids are summed first.
///   - gradients: `[N, D]` float32.
///   - step: 1 for the first update.
/// - Throws: `TorchError` that names the position of an id outside the table.
///
/// Kingma and Ba 2015, "Adam", arXiv:1412.6980, with moments updated on touched rows only.
public func rowLazyAdam_(
  weight: Tensor, expAvg: Tensor, expAvgSq: Tensor, ids: Tensor, gradients: Tensor, step: Int, learningRate: Double,
  beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
) throws {
  let options = SRRowAdam(
    learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, step: Int64(step))
  let status = withExtendedLifetime((weight, expAvg, expAvgSq, ids, gradients)) {
    sr_row_adam(weight.pointer, expAvg.pointer, expAvgSq.pointer, ids.pointer, gradients.pointer, options)
  }
  try check(status, "row_adam", [weight, ids, gradients])
}
