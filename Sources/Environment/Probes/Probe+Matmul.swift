import Torch

extension Probe {
  /// A matrix product in one precision against one in float64.
  ///
  /// Odd sizes, so that the edges of the kernels' tiles take part.
  static func matmul(_ device: Device, _ precision: ProbePrecision) -> Probe {
    let remedy =
      device.isCPU
      ? "reinstall PyTorch (make setup) and compare with another machine: this processor or this build computes wrongly"
      : "install the PyTorch build for this GPU and driver (make setup TORCH_VARIANT=cuda), or use --device cpu"
    return Probe("matmul", device: device.description, precision: precision.rawValue, remedy: remedy) {
      let error = try matmulError(device, precision)
      guard error <= precision.tolerance else {
        throw EnvironmentError(
          check: "matmul",
          message: "the product differs from the float64 reference by \(scientific(error)) of its largest element; "
            + "the limit is \(scientific(precision.tolerance))", remedy: remedy)
      }
      return "error \(scientific(error)), limit \(scientific(precision.tolerance))"
    }
  }

  /// The largest difference from the product in float64, over the largest element of that product; NaN counts as infinite.
  static func matmulError(_ device: Device, _ precision: ProbePrecision) throws -> Double {
    try noGrad {
      let generator = try Generator(seed: 20_250_101)
      let a = try Tensor.randn([251, 384], generator: generator).to(dtype: precision.dtype)
      let b = try Tensor.randn([384, 262], generator: generator).to(dtype: precision.dtype)
      let exact = try a.to(dtype: .float64).matmul(try b.to(dtype: .float64))
      if device.isCUDA { try Engine.setAllowTF32(precision == .tf32) }
      defer { if device.isCUDA { try? Engine.setAllowTF32(false) } }
      let product = try a.to(device: device).matmul(try b.to(device: device)).to(device: .cpu, dtype: .float64)
      let error = try (product - exact).abs().max().item() / exact.abs().max().item()
      return error.isNaN ? .infinity : error
    }
  }
}
