import Torch

extension Probe {
  /// The gradient of `sum(tanh(x w)^2)` against its formula, `x^T (2 y (1 - y^2))`, in float64.
  static func autograd(_ device: Device) -> Probe {
    let remedy = "reinstall PyTorch (make setup); gradients that are wrong train nothing"
    return Probe("autograd", device: device.description, remedy: remedy) {
      let generator = try Generator(seed: 20_250_102)
      let x = try Tensor.randn([33, 17], dtype: .float64, generator: generator).to(device: device)
      let w = try Tensor.randn([17, 5], dtype: .float64, generator: generator).to(device: device)
      try w.requiresGrad_()
      try x.matmul(w).tanh().pow(2.0).sum().backward()
      guard let gradient = w.grad else {
        throw EnvironmentError(check: "autograd", message: "backward left no gradient", remedy: remedy)
      }
      let error = try noGrad {
        let y = try x.matmul(w.detach()).tanh()
        let slope = try y * 2.0 * (1.0 - (y * y))
        let expected = try x.transpose(0, 1).matmul(slope)
        return try (gradient - expected).abs().max().item() / expected.abs().max().item()
      }
      guard error < 1e-12 else {
        throw EnvironmentError(
          check: "autograd",
          message: "the gradient differs from its formula by \(scientific(error)); the limit is 1.0e-12",
          remedy: remedy)
      }
      return "gradient against formula: error \(scientific(error)), limit 1.0e-12"
    }
  }

  /// Inside autocast a product comes out short and near the float32 one; outside it is float32 again.
  static func autocast(_ device: Device, _ dtype: DType) -> Probe {
    let remedy = "use precision fp32, or reinstall PyTorch (make setup)"
    let precision: ProbePrecision = dtype == .float16 ? .fp16 : .bf16
    return Probe("autocast", device: device.description, precision: precision.rawValue, remedy: remedy) {
      let generator = try Generator(seed: 20_250_103)
      let a = try Tensor.randn([64, 48], generator: generator).to(device: device)
      let b = try Tensor.randn([48, 32], generator: generator).to(device: device)
      let exact = try a.matmul(b)
      let short = try Torch.autocast(device: device, dtype: dtype) { try a.matmul(b) }
      let after = try a.matmul(b)
      guard short.dtype == dtype, exact.dtype == .float32, after.dtype == .float32 else {
        throw EnvironmentError(
          check: "autocast",
          message:
            "products came out as \(exact.dtype) before, \(short.dtype) inside and \(after.dtype) after the scope; "
            + "expected float32, \(dtype), float32", remedy: remedy)
      }
      let error = try (short.to(dtype: .float32) - exact).abs().max().item() / exact.abs().max().item()
      guard error <= precision.tolerance else {
        throw EnvironmentError(
          check: "autocast",
          message:
            "the product differs from float32's by \(scientific(error)); the limit is \(scientific(precision.tolerance))",
          remedy: remedy)
      }
      return "\(dtype) inside, float32 outside, error \(scientific(error))"
    }
  }
}
