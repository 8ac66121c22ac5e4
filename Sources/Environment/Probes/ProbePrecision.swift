import Torch

/// A number format for matrix products, and how far from exact its products may be.
public enum ProbePrecision: String, Sendable, CaseIterable {
  case fp32, tf32, bf16, fp16

  var dtype: DType {
    switch self {
    case .fp32, .tf32: .float32
    case .bf16: .bfloat16
    case .fp16: .float16
    }
  }

  /// The largest error allowed, over the largest element of the exact product. About ten times what rounding the inputs
  /// (tf32: 11 bits) or the result (bf16: 8 bits, fp16: 11 bits) costs.
  var tolerance: Double {
    switch self {
    case .fp32: 1e-5
    case .tf32: 3e-3
    case .bf16: 2e-2
    case .fp16: 5e-3
    }
  }

  /// What a device offers; TF32 is a format of GPUs.
  static func offered(on device: Device) -> [ProbePrecision] {
    device.isCUDA ? allCases : [.fp32, .bf16, .fp16]
  }
}
