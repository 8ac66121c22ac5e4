import Torch

extension EmbeddingOptimizer {
  /// One update by LibTorch's own operators, on any device: the exact rule that the fused kernels are checked against.
  ///
  /// - Parameters:
  ///   - weight: `[N, D]`, changed in place.
  ///   - states: in the order of `states`, changed in place.
  ///   - step: 1 for the table's first update.
  ///   - rows: `[U]` int64, none twice.
  ///   - gradients: `[U, D]`, summed over the row's uses.
  ///   - rowMean: what rules with one number a row make of `[U, D]`; where `weight` has some columns of a table only, the
  ///     mean over all of them.
  func update(
    _ weight: Tensor, _ states: [Tensor], step: Int, rows: Tensor, gradients: Tensor,
    rowMean: @escaping (Tensor) throws -> Tensor = { try $0.mean(dim: [1]) }
  ) throws {
    try noGrad {
      let precision: DType = weight.dtype == .float64 ? .float64 : .float32
      var gradient = try gradients.to(dtype: precision)
      if let maxGradient { gradient = try gradient.clamp(min: -maxGradient, max: maxGradient) }
      var values = try weight.detach().indexSelect(dim: 0, index: rows).to(dtype: precision)
      func state(_ index: Int) throws -> Tensor { try states[index].indexSelect(dim: 0, index: rows) }
      func keep(_ index: Int, _ new: Tensor) throws {
        _ = try states[index].indexCopy_(dim: 0, index: rows, source: new)
      }
      let l2 = try weightDecay == 0 ? gradient : gradient + values * weightDecay
      switch rule {
      case .sgd:
        values = try values - l2 * learningRate
      case .adagrad(let epsilon):
        let sum = try state(0) + l2 * l2
        try keep(0, sum)
        values = try values - l2 * learningRate / (sum.sqrt() + epsilon)
      case .rowWiseAdagrad(let epsilon):
        let sum = try state(0) + rowMean(l2 * l2)
        try keep(0, sum)
        values = try values - l2 * (1 / (sum.sqrt() + epsilon) * learningRate).unsqueeze(dim: 1)
      case .adam(let beta1, let beta2, let epsilon):
        values = try values - adamStep(l2, beta1, beta2, epsilon, step, nil, state, keep)
      case .adamW(let beta1, let beta2, let epsilon):
        values =
          try values * (1 - learningRate * weightDecay)
          - adamStep(gradient, beta1, beta2, epsilon, step, nil, state, keep)
      case .rowWiseAdam(let beta1, let beta2, let epsilon):
        values =
          try values * (1 - learningRate * weightDecay)
          - adamStep(gradient, beta1, beta2, epsilon, step, rowMean, state, keep)
      }
      if weight.dtype.size == 2 && stochasticRounding { values = try dithered(values, weight.dtype) }
      _ = try weight.detach().indexCopy_(dim: 0, index: rows, source: values.to(dtype: weight.dtype))
    }
  }

  /// What Adam takes off the rows.
  private func adamStep(
    _ gradient: Tensor, _ beta1: Double, _ beta2: Double, _ epsilon: Double, _ step: Int,
    _ rowMean: ((Tensor) throws -> Tensor)?,
    _ state: (Int) throws -> Tensor, _ keep: (Int, Tensor) throws -> Void
  ) throws -> Tensor {
    let square = try gradient * gradient
    let first = try state(0) * beta1 + gradient * (1 - beta1)
    let second = try state(1) * beta2 + (rowMean?(square) ?? square) * (1 - beta2)
    try keep(0, first)
    try keep(1, second)
    let (power1, power2) = (power(beta1, step), power(beta2, step))
    let spread = try (second * (1 / (1 - power2))).sqrt() + epsilon
    return try first * (learningRate / (1 - power1)) / (rowMean != nil ? spread.unsqueeze(dim: 1) : spread)
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, left) = (1.0, base, exponent)
    while left > 0 {
      if left % 2 == 1 { result *= factor }
      factor *= factor
      left /= 2
    }
    return result
  }

  /// Adds noise of one unit in the last place of `dtype`, so that rounding to nearest rounds up with the probability of the part
  /// cut off.
  private func dithered(_ values: Tensor, _ dtype: DType) throws -> Tensor {
    let (bits, smallest) = dtype == .bfloat16 ? (7.0, -126.0) : (10.0, -14.0)
    let exponent = try values.abs().clamp(min: 1e-45).log2().floor().clamp(min: smallest)
    let unit = try (exponent - bits) * 0.6931471805599453
    return try values + unit.exp() * (values.randLike() - 0.5)
  }
}
