import Torch

/// A sparse matrix `[E, K]` of the weights with which `E` entities hold `K` features, row after row.
///
/// Row `e` has the weights `weights[offsets[e]..<offsets[e + 1]]` in the columns `columns[offsets[e]..<offsets[e + 1]]`.
struct FeatureMatrix: Sendable {
  /// `[nonzeros]` int64.
  let columns: Tensor
  /// `[E + 1]` int64, the first 0, never falling.
  let offsets: Tensor
  /// `[nonzeros]` float32.
  let weights: Tensor

  /// The product with a dense table, one sum of weighted rows an entity; without a gradient.
  ///
  /// - Parameters:
  ///   - table: `[K, D]`.
  ///   - squared: whether the weights are squared first.
  /// - Returns: `[E, D]` in the precision of `table`.
  func times(_ table: Tensor, squared: Bool = false) throws -> Tensor {
    let weights = try self.weights.to(dtype: table.dtype)
    return try noGrad {
      try table.contiguous().embeddingBag(
        indices: columns, offsets: offsets, scaleGradByFreq: false, mode: 0, sparse: false,
        perSampleWeights: squared ? weights.square() : weights, includeLastOffset: true, paddingIdx: nil
      ).result0
    }
  }

  func to(device: Device) throws -> FeatureMatrix {
    FeatureMatrix(
      columns: try columns.to(device: device), offsets: try offsets.to(device: device),
      weights: try weights.to(device: device))
  }
}
