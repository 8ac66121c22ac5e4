/// The arithmetic of forward and backward; parameters stay in fp32.
public enum Precision: String, Sendable, Equatable, CaseIterable {
  case fp32
  /// fp32 with TensorFloat-32 matrix products where the GPU has them.
  case tf32
  /// bfloat16 autocast.
  case bf16
  /// float16 autocast with a gradient scaler.
  case fp16
}
