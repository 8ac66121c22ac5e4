import Torch

/// Zeroes each value with probability `p` in training and scales the rest by `1 / (1 - p)`; PyTorch's `nn.Dropout`.
///
/// Srivastava et al. 2014, "Dropout: A Simple Way to Prevent Neural Networks from Overfitting".
public final class Dropout: Module, UnaryLayer {
  /// The probability that a value is dropped.
  public let probability: Double
  private let generator: Generator?

  /// A layer that drops with probability `p`.
  ///
  /// - Parameter generator: the source of the masks; `nil` takes the default one (`Torch.manualSeed`).
  /// - Throws: `ModuleError` when `p` lies outside `0...1`.
  public init(_ p: Double, generator: Generator? = nil) throws {
    guard (0...1).contains(p) else {
      throw ModuleError(.invalidArgument, "Dropout(\(p)): the probability must lie in 0...1")
    }
    probability = p
    self.generator = generator
    super.init(Members())
  }

  /// - Returns: the shape of `x`; `x` itself in evaluation.
  public func callAsFunction(_ x: Tensor) throws -> Tensor {
    guard isTraining, probability > 0 else { return x }
    guard let generator, probability < 1 else { return try x.dropout(p: probability, train: true) }
    let mask = try noGrad {
      let kept = try x.detach().zerosLike().bernoulli_(p: 1 - probability, generator: generator)
      return try kept.div_(1 - probability)
    }
    return try x * mask
  }
}
