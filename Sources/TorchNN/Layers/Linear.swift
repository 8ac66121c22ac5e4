import Torch

/// `y = x W^T + b`; PyTorch's `nn.Linear`, with its names (`weight` `[O, I]`, `bias` `[O]`) and its initial values.
public final class Linear: Module, UnaryLayer {
  /// `[O, I]`.
  public let weight: Tensor
  /// `[O]`.
  public let bias: Tensor?
  /// `I`.
  public let inputSize: Int
  /// `O`.
  public let outputSize: Int

  /// A layer from `input` to `output` features.
  ///
  /// - Parameters:
  ///   - initialiser: how the weight is filled; `nil` is PyTorch's default, uniform in `±1/sqrt(I)`.
  ///   - generator: the source of randomness; `nil` takes the default one.
  /// - Throws: `ModuleError` when a size is not positive.
  public init(
    _ input: Int, _ output: Int, bias: Bool = true, initialiser: Initialiser? = nil, generator: Generator? = nil
  ) throws {
    guard input > 0, output > 0 else {
      throw ModuleError(.invalidArgument, "Linear(\(input), \(output)): both sizes must be at least 1")
    }
    inputSize = input
    outputSize = output
    let members = Members()
    let weight = try Tensor.empty([output, input])
    try (initialiser ?? .kaimingUniform(negativeSlope: 5.0.squareRoot())).apply(to: weight, generator: generator)
    self.weight = try members.parameter("weight", weight)
    if bias {
      let bound = 1 / Double(input).squareRoot()
      let offset = try Tensor.empty([output])
      try Initialiser.uniform(from: -bound, to: bound).apply(to: offset, generator: generator)
      self.bias = try members.parameter("bias", offset)
    } else {
      self.bias = nil
    }
    super.init(members)
  }

  /// - Parameter x: `[..., I]`.
  /// - Returns: `[..., O]`.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    try x.linear(weight: weight, bias: bias)
  }
}
