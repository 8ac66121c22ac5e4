import Torch

/// A multi-layer perceptron, named as the `nn.Sequential` of the same layers.
///
/// `MLP([256, 128, 64])` is `Linear(256, 128), ReLU, Linear(128, 64)`, so its names are `0.weight`, `0.bias`,
/// `2.weight`, `2.bias`. With dropout each activation is followed by one, and the second layer is `3`.
public final class MLP: Sequential {
  /// The sizes from the input to the output.
  public let sizes: [Int]
  /// The layers as one fused operator takes them; nil where something else than a ReLU stands between them.
  private let fused: (layers: [(weight: Tensor, bias: Tensor)], activateLast: Bool)?

  /// A perceptron through `sizes`, the first being the input.
  ///
  /// - Parameters:
  ///   - activateLast: whether the last layer too is followed by the activation (and dropout).
  ///   - dropoutGenerator: the source of the dropout masks; `nil` takes the default one.
  /// - Throws: `ModuleError` when there are fewer than two sizes, a size is not positive, or `dropout` lies
  ///   outside `0...1`.
  public init(
    _ sizes: [Int], activation: Activation = .relu, dropout: Double = 0, activateLast: Bool = false,
    bias: Bool = true, initialiser: Initialiser? = nil, generator: Generator? = nil,
    dropoutGenerator: Generator? = nil
  ) throws {
    guard sizes.count >= 2 else {
      throw ModuleError(.invalidArgument, "MLP(\(sizes)): needs an input and at least one output size")
    }
    self.sizes = sizes
    var layers: [any UnaryLayer] = []
    for (position, (input, output)) in zip(sizes, sizes.dropFirst()).enumerated() {
      layers.append(try Linear(input, output, bias: bias, initialiser: initialiser, generator: generator))
      guard activateLast || position < sizes.count - 2 else { continue }
      layers.append(activation)
      if dropout != 0 { layers.append(try Dropout(dropout, generator: dropoutGenerator)) }
    }
    let linear = layers.compactMap { $0 as? Linear }
    let biased = linear.compactMap { layer in layer.bias.map { (weight: layer.weight, bias: $0) } }
    fused = activation == .relu && dropout == 0 && biased.count == linear.count ? (biased, activateLast) : nil
    super.init(layers)
  }

  /// Applies the layers in order: as one fused operator where that can run (float32 on the CPU, ReLU, no dropout).
  public override func callAsFunction(_ x: Tensor) throws -> Tensor {
    guard let fused, perceptronIsAvailable(x, fused.layers.flatMap { [$0.weight, $0.bias] }) else {
      return try super.callAsFunction(x)
    }
    return try perceptron(x, layers: fused.layers, activateLast: fused.activateLast)
  }
}
