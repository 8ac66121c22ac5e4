import Synchronization
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
  private let triangle: LowerTriangle

  public init(fields: Int, dimension: Int) {
    vectorCount = fields + 1
    self.dimension = dimension
    triangle = LowerTriangle(rows: vectorCount)
  }

  /// `D + (M + 1) M / 2`.
  public var width: Int { dimension + vectorCount * (vectorCount - 1) / 2 }

  /// - Parameters:
  ///   - first: `[B, D]`.
  ///   - fields: `[B, M * D]`.
  /// - Returns: `[B, D + (M + 1) M / 2]`: the first, then `t_i . t_j` for `j < i`, row by row of the lower triangle.
  public func callAsFunction(_ first: Tensor, _ fields: Tensor) throws -> Tensor {
    if !Engine.isTracing, [first, fields].allSatisfy({ $0.device.isCPU && $0.dtype == .float32 }) {
      return try dotInteraction(bottom: first, embeddings: fields)
    }
    let vectors = try Tensor.cat([first, fields], dim: 1).reshape([-1, vectorCount, dimension])
    let products = try vectors.bmm(vectors.transpose(1, 2)).flatten(startDim: 1)
    return try Tensor.cat([first, products.indexSelect(dim: 1, index: triangle.places(on: first.device))], dim: 1)
  }
}

/// The places below the diagonal of a square matrix, row by row: made once for each device.
private final class LowerTriangle: Sendable {
  private let rows: Int
  private let known = Mutex<[Device: Tensor]>([:])

  init(rows: Int) { self.rows = rows }

  func places(on device: Device) throws -> Tensor {
    try known.withLock { known in
      if let places = known[device] { return places }
      let places = (0..<rows).flatMap { row in (0..<row).map { row * rows + $0 } }
      let tensor = try Tensor(places, shape: [places.count]).to(device: device)
      known[device] = tensor
      return tensor
    }
  }
}
