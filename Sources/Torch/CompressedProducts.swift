import CSwiftRec

/// What a matrix makes of all products of two rows, the step of a compressed interaction network: `out[r] = W (x[r] outer y[r])`.
///
/// float32 on the CPU. The products are made a few rows at a time, in the cache, and again for backward.
///
/// - Parameters:
///   - x: `[R, H]`.
///   - y: `[R, M]`.
///   - weight: `[N, H * M]`.
/// - Returns: `[R, N]`; differentiable.
/// - Throws: `TorchError` when the shapes do not fit together.
///
/// Lian et al. 2018, "xDeepFM", arXiv:1803.05170, section 3.1.
public func compressedProducts(_ x: Tensor, _ y: Tensor, weight: Tensor) throws -> Tensor {
  var out: OpaquePointer?
  let status = withExtendedLifetime((x, y, weight)) {
    sr_compressed_products(x.pointer, y.pointer, weight.pointer, &out)
  }
  try check(status, "compressed_products", [x, y, weight])
  return try Tensor(adopting: out, "compressed_products")
}
