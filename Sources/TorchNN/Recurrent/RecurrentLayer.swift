import Torch

/// What `LSTM` and `GRU` share: PyTorch's parameter names, initial values, packing of variable lengths.
///
/// The weights of layer `k` are `weight_ih_lk` `[G*H, I]`, `weight_hh_lk` `[G*H, H]`, `bias_ih_lk` and `bias_hh_lk`
/// `[G*H]`, with `_reverse` appended for the backward direction; `G` gates stand one under the other.
public class RecurrentLayer: Module {
  /// `I`.
  public final let inputSize: Int
  /// `H`.
  public final let hiddenSize: Int
  /// How many layers are stacked.
  public final let layerCount: Int
  /// Dropout between the layers, in training.
  public final let dropout: Double
  /// Whether each layer also runs from the end to the start.
  public final let bidirectional: Bool
  final let hasBias: Bool
  final let flatWeights: [Tensor]

  /// `D`: 2 when bidirectional, else 1.
  public final var directions: Int { bidirectional ? 2 : 1 }

  init(
    kind: String, gates: Int, inputSize: Int, hiddenSize: Int, layers: Int, bias: Bool, dropout: Double,
    bidirectional: Bool, generator: Generator?
  ) throws {
    guard inputSize > 0, hiddenSize > 0, layers > 0 else {
      throw ModuleError(
        .invalidArgument,
        "\(kind)(\(inputSize), \(hiddenSize), layers: \(layers)): both sizes and the layers must be at least 1")
    }
    guard (0...1).contains(dropout) else {
      throw ModuleError(.invalidArgument, "\(kind)(dropout: \(dropout)): the probability must lie in 0...1")
    }
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.layerCount = layers
    self.dropout = dropout
    self.bidirectional = bidirectional
    hasBias = bias
    let members = Members()
    let bound = 1 / Double(hiddenSize).squareRoot()
    let directions = bidirectional ? 2 : 1
    var weights: [Tensor] = []
    for layer in 0..<layers {
      for direction in 0..<directions {
        let input = layer == 0 ? inputSize : hiddenSize * directions
        let suffix = "_l\(layer)" + (direction == 1 ? "_reverse" : "")
        var shapes = [("weight_ih", [gates * hiddenSize, input]), ("weight_hh", [gates * hiddenSize, hiddenSize])]
        if bias { shapes += [("bias_ih", [gates * hiddenSize]), ("bias_hh", [gates * hiddenSize])] }
        for (name, shape) in shapes {
          let tensor = try Tensor.empty(shape)
          try Initialiser.uniform(from: -bound, to: bound).apply(to: tensor, generator: generator)
          weights.append(try members.parameter(name + suffix, tensor))
        }
      }
    }
    flatWeights = weights
    super.init(members)
  }

  /// Throws unless `x` is `[B, L, I]` with at least one step.
  final func checkInput(_ x: Tensor) throws {
    let shape = x.shape
    guard shape.count == 3, shape[2] == inputSize, shape[0] > 0, shape[1] > 0 else {
      throw ModuleError(
        .invalidShape,
        "\(type(of: self))(\(inputSize), \(hiddenSize)) received shape \(shape); needs [B, L, \(inputSize)] with B and "
          + "L at least 1")
    }
  }

  /// A state of zeros, or `given` once its shape `[layers*D, B, H]` is right, in the order of `packed`.
  final func initialState(_ given: Tensor?, for x: Tensor, _ packed: PackedSequence?) throws -> Tensor {
    let shape = [layerCount * directions, x.shape[0], hiddenSize]
    guard let given else {
      if Engine.isTracing {
        // Zeros with as many rows as the input, however many these will be.
        return try x.select(dim: 1, index: 0).narrow(dim: 1, start: 0, length: 1).zerosLike().unsqueeze(dim: 0)
          .expand([shape[0], -1, shape[2]]).contiguous()
      }
      return try Tensor.zeros(shape, dtype: x.dtype, device: x.device)
    }
    guard given.shape == shape else {
      throw ModuleError(
        .invalidShape, "\(type(of: self)) received an initial state of shape \(given.shape); needs \(shape)")
    }
    guard let packed else { return given }
    return try given.indexSelect(dim: 1, index: packed.sortedIndices)
  }
}
