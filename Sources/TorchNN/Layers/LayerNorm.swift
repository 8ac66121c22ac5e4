import Torch

/// Normalises over the last dimensions; PyTorch's `nn.LayerNorm`.
///
/// Ba et al. 2016, arXiv:1607.06450.
public final class LayerNorm: Module, UnaryLayer {
  /// The trailing shape that is normalised.
  public let normalizedShape: [Int]
  /// The scale, in the shape of `normalizedShape`.
  public let weight: Tensor?
  /// The offset, in the shape of `normalizedShape`.
  public let bias: Tensor?
  /// What is added to the variance.
  public let epsilon: Double

  /// A layer over the trailing dimensions `normalizedShape`.
  ///
  /// - Throws: `ModuleError` when the shape is empty or a size is not positive.
  public init(
    _ normalizedShape: [Int], epsilon: Double = 1e-5, elementwiseAffine: Bool = true, bias: Bool = true
  ) throws {
    guard !normalizedShape.isEmpty, normalizedShape.allSatisfy({ $0 > 0 }) else {
      throw ModuleError(.invalidArgument, "LayerNorm(\(normalizedShape)): needs one or more sizes of at least 1")
    }
    self.normalizedShape = normalizedShape
    self.epsilon = epsilon
    let members = Members()
    weight = elementwiseAffine ? try members.parameter("weight", Tensor.ones(normalizedShape)) : nil
    self.bias = elementwiseAffine && bias ? try members.parameter("bias", Tensor.zeros(normalizedShape)) : nil
    super.init(members)
  }

  /// A layer over the last dimension of `size` features.
  public convenience init(_ size: Int, epsilon: Double = 1e-5) throws {
    try self.init([size], epsilon: epsilon)
  }

  /// - Parameter x: `[..., normalizedShape]`.
  /// - Returns: the same shape.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.layerNorm(normalizedShape: normalizedShape, weight: weight, bias: bias, eps: epsilon)
  }
}
