import Torch
import TorchNN

/// The compressed interaction network: each feature map of a layer weighs all products, dimension by dimension, of a feature
/// map below and a field.
///
/// `X^k_h = sum_ij W^k_hij (X^(k-1)_i * X^0_j)`, each map summed over its `D` dimensions at the end. Parameters:
/// `layers.<k>.weight` `[H_k, H_(k-1) * M]`.
///
/// Lian et al. 2018, "xDeepFM", arXiv:1803.05170, section 3.1.
public final class CompressedInteraction: Module {
  private let layers: ModuleList<Linear>
  private let fieldCount: Int
  private let dimension: Int

  /// - Parameter maps: `H_k` of each layer.
  public init(fields: Int, dimension: Int, maps: [Int], generator: Generator?) throws {
    fieldCount = fields
    self.dimension = dimension
    layers = ModuleList(
      try zip([fields] + maps, maps).map { try Linear($0 * fields, $1, bias: false, generator: generator) })
    let members = Members()
    members.add("layers", layers)
    super.init(members)
  }

  /// - Parameter fields: `[B, M * D]`.
  /// - Returns: `[B, H_1 + ... + H_K]`.
  public func callAsFunction(_ fields: Tensor) throws -> Tensor {
    // A row a dimension of a sample: the products of a row are what one weight matrix takes.
    let start = try fields.reshape([-1, fieldCount, dimension]).transpose(1, 2)
      .reshape([-1, fieldCount])
    var maps = start
    var pooled: [Tensor] = []
    for layer in layers.elements {
      maps = try products(maps, start, layer.weight)
      pooled.append(try maps.reshape([-1, dimension, layer.outputSize]).sum(dim: [1]))
    }
    return try Tensor.cat(pooled, dim: 1)
  }

  /// One fused operator for float32 on the CPU, single ones elsewhere.
  private func products(_ maps: Tensor, _ fields: Tensor, _ weight: Tensor) throws -> Tensor {
    // A trace can't be cut into slices of rows whose number it does not know.
    if Engine.isTracing {
      return try maps.unsqueeze(dim: 2).mul(fields.unsqueeze(dim: 1)).flatten(startDim: 1).mm(weight.t())
    }
    if [maps, fields, weight].allSatisfy({ $0.device.isCPU && $0.dtype == .float32 }) {
      return try compressedProducts(maps, fields, weight: weight)
    }
    return try CompressedProducts().apply([maps, fields, weight])[0]
  }
}

/// `out[r] = W (x[r] outer y[r])`, a slice of the rows at a time: all the products of a batch are too many to keep, so
/// backward makes them again.
///
/// Inputs: `[R, H]`, `[R, M]`, `[H', H * M]`. Output: `[R, H']`.
struct CompressedProducts: CustomFunction {
  /// Values of a slice of products: what the caches hold.
  private static let sliceSize = 1 << 20

  private func slices(_ inputs: [Tensor]) -> [(start: Int, length: Int)] {
    let rows = inputs[0].shape[0]
    let step = max(1, Self.sliceSize / max(1, inputs[2].shape[1]))
    return stride(from: 0, to: rows, by: step).map { ($0, min(step, rows - $0)) }
  }

  private func products(_ x: Tensor, _ y: Tensor) throws -> Tensor {
    try x.unsqueeze(dim: 2).mul(y.unsqueeze(dim: 1)).flatten(startDim: 1)
  }

  func forward(_ inputs: [Tensor]) throws -> [Tensor] {
    let weight = try inputs[2].t()
    let parts = try slices(inputs).map { start, length in
      try products(
        inputs[0].narrow(dim: 0, start: start, length: length), inputs[1].narrow(dim: 0, start: start, length: length)
      ).mm(weight)
    }
    return [
      parts.isEmpty
        ? try Tensor.zeros([0, inputs[2].shape[0]], dtype: weight.dtype, device: weight.device)
        : try Tensor.cat(parts, dim: 0)
    ]
  }

  func backward(_ inputs: [Tensor], _ outputs: [Tensor], _ gradients: [Tensor?]) throws -> [Tensor?] {
    guard let gradient = gradients[0] else { return [nil, nil, nil] }
    return try noGrad {
      let weight = inputs[2]
      let (slopeX, slopeY) = (try inputs[0].zerosLike(), try inputs[1].zerosLike())
      var slopeW = try weight.zerosLike()
      for (start, length) in slices(inputs) {
        let x = try inputs[0].narrow(dim: 0, start: start, length: length)
        let y = try inputs[1].narrow(dim: 0, start: start, length: length)
        let g = try gradient.narrow(dim: 0, start: start, length: length)
        slopeW = try slopeW.addmm(mat1: g.t(), products(x, y))
        let slope = try g.mm(weight).reshape([length, x.shape[1], y.shape[1]])
        try slopeX.narrow(dim: 0, start: start, length: length)
          .copy_(slope.bmm(y.unsqueeze(dim: 2)).squeeze(dim: 2))
        try slopeY.narrow(dim: 0, start: start, length: length)
          .copy_(x.unsqueeze(dim: 1).bmm(slope).squeeze(dim: 1))
      }
      return [slopeX, slopeY, slopeW]
    }
  }
}
