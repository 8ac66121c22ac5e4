import Torch

/// The dot products of each pair of a row's vectors, behind the first vector itself.
///
/// One fused operator for float32 on the CPU, a batched product elsewhere.
///
/// Naumov et al. 2019, "Deep Learning Recommendation Model", arXiv:1906.00091, section 2.1.
public struct DotInteraction: Sendable {
  /// `M + 1`: the first vector and the fields.
  public let vectorCount: Int
  /// `D`.
  public let dimension: Int

  public init(fields: Int, dimension: Int) {
    vectorCount = fields + 1
    self.dimension = dimension
  }

  /// `D + (M + 1) M / 2`.
  public var width: Int { dimension + vectorCount * (vectorCount - 1) / 2 }

  /// - Parameters:
  ///   - first: `[B, D]`.
  ///   - fields: `[B, M * D]`.
  /// - Returns: `[B, D + (M + 1) M / 2]`: the first, then `t_i . t_j` for `j < i`, row by row of the lower triangle.
  public func callAsFunction(_ first: Tensor, _ fields: Tensor) throws -> Tensor {
    if [first, fields].allSatisfy({ $0.device.isCPU && $0.dtype == .float32 }) {
      return try dotInteraction(bottom: first, embeddings: fields)
    }
    let vectors = try Tensor.cat([first, fields], dim: 1).reshape([first.shape[0], vectorCount, dimension])
    let products = try vectors.bmm(vectors.transpose(1, 2)).flatten(startDim: 1)
    let lower = (0..<vectorCount).flatMap { i in (0..<i).map { i * vectorCount + $0 } }
    let places = try Tensor(lower, shape: [lower.count]).to(device: first.device)
    return try Tensor.cat([first, products.indexSelect(dim: 1, index: places)], dim: 1)
  }
}
