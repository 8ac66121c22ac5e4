import CSwiftRec

/// Linear layers with a ReLU between them as one fused operator: each thread takes a share of the rows through all layers,
/// and autograd records one node. The same numbers as single layers up to rounding.
///
/// - Parameters:
///   - x: `[B, K]` float32 on the CPU.
///   - layers: weights `[N_l, N_(l-1)]` and biases `[N_l]`, contiguous; `N_0 = K`.
///   - activateLast: whether the last layer too is followed by a ReLU.
/// - Returns: `[B, N_last]`; differentiable.
/// - Throws: `TorchError` that names the layer that does not fit.
public func perceptron(
  _ x: Tensor, layers: [(weight: Tensor, bias: Tensor)], activateLast: Bool
) throws -> Tensor {
  let weights: [OpaquePointer?] = layers.map(\.weight.pointer)
  let biases: [OpaquePointer?] = layers.map(\.bias.pointer)
  var out: OpaquePointer?
  let status = withExtendedLifetime((x, layers)) {
    sr_perceptron(x.pointer, weights, biases, layers.count, activateLast, &out)
  }
  try check(status, "perceptron", [x] + layers.map(\.weight))
  return try Tensor(adopting: out, "perceptron")
}

/// Whether `perceptron` can take these tensors here and now: float32 on the CPU, outside autocast.
public func perceptronIsAvailable(_ x: Tensor, _ parameters: [Tensor]) -> Bool {
  !sr_autocast_enabled(0) && !Engine.isTracing && x.rank == 2
    && ([x] + parameters).allSatisfy { $0.device.isCPU && $0.dtype == .float32 }
    && parameters.allSatisfy(\.isContiguous)
}
