import CSwiftRec

/// The pairwise dot products of a sample's vectors, DLRM's interaction, in one pass: no batched product, no index, no cat.
///
/// float32 on the CPU; elsewhere compose it of `bmm` and `indexSelect`.
///
/// - Parameters:
///   - bottom: `[B, D]`.
///   - embeddings: `[B, F * D]`, the vectors of `F` features side by side.
/// - Returns: `[B, D + (F + 1) F / 2]`: the bottom, then `t_i . t_j` for `j < i`, row by row of the lower triangle of
///   `t = (bottom, embeddings)`; differentiable.
/// - Throws: `TorchError` when the columns do not fit together.
///
/// Naumov et al. 2019, "Deep Learning Recommendation Model", arXiv:1906.00091, section 2.1.
public func dotInteraction(bottom: Tensor, embeddings: Tensor) throws -> Tensor {
  var out: OpaquePointer?
  let status = withExtendedLifetime((bottom, embeddings)) {
    sr_dot_interaction(bottom.pointer, embeddings.pointer, &out)
  }
  try check(status, "dot_interaction", [bottom, embeddings])
  return try Tensor(adopting: out, "dot_interaction")
}
