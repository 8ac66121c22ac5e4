import Torch

/// Scales all gradients together so that their common norm is at most `maxNorm`; `clip_grad_norm_`.
///
/// - Parameters:
///   - parameters: those without a gradient are passed over; sparse gradients count by their merged rows.
///   - normType: 2, 1, or `.infinity`.
/// - Returns: the norm before clipping, a scalar on the parameters' device (reading it waits for the device).
/// - Throws: `ModuleError` for an impossible argument, or, with `errorIfNonFinite`, for a norm that is not finite.
///
/// Pascanu et al. 2013, arXiv:1211.5063.
@discardableResult
public func clipGradNorm(
  _ parameters: [Tensor], maxNorm: Double, normType: Double = 2, errorIfNonFinite: Bool = false
) throws -> Tensor {
  guard maxNorm >= 0, normType > 0 else {
    throw ModuleError(
      .invalidArgument, "clipGradNorm(maxNorm: \(maxNorm), normType: \(normType)); needs maxNorm >= 0 and normType > 0")
  }
  return try noGrad {
    let values = try denseGradients(of: parameters)
    guard let device = values.first?.device else { return try Tensor.zeros([]) }
    let norms = try values.map { try $0.linalgVectorNorm(ord: normType).to(device: device) }
    let total = try Tensor.stack(norms).linalgVectorNorm(ord: normType)
    if errorIfNonFinite {
      let value = try total.item()
      guard value.isFinite else {
        throw ModuleError(
          .notFinite,
          "clipGradNorm: the norm of \(values.count) gradients is \(value); lower the learning rate or "
            + "look for a NaN in the inputs")
      }
    }
    // No branch on the value: that would wait for the device.
    let factor = try (maxNorm / (total + 1e-6)).clampMax(max: 1)
    for gradient in values { try gradient.mul_(factor.to(device: gradient.device)) }
    return total
  }
}

/// Cuts every gradient value to `-maxValue...maxValue`; `clip_grad_value_`.
///
/// - Throws: `ModuleError` when `maxValue` is negative.
public func clipGradValue(_ parameters: [Tensor], maxValue: Double) throws {
  guard maxValue >= 0 else {
    throw ModuleError(.invalidArgument, "clipGradValue(maxValue: \(maxValue)); needs 0 or more")
  }
  try noGrad {
    for gradient in try denseGradients(of: parameters) { try gradient.clamp_(min: -maxValue, max: maxValue) }
  }
}

/// The memory of each gradient; a sparse one is merged in place first, so that each row counts once.
func denseGradients(of parameters: [Tensor]) throws -> [Tensor] {
  try parameters.compactMap { parameter in
    guard let gradient = parameter.grad else { return nil }
    guard gradient.isSparse else { return gradient }
    let merged = try gradient.coalesce()
    try parameter.setGrad(merged)
    return try merged.sparseValues()
  }
}
