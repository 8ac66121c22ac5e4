import Torch

/// A gated recurrent unit over batch-first sequences; PyTorch's `nn.GRU(batch_first=True)`.
///
/// Cho et al. 2014, arXiv:1406.1078.
public final class GRU: RecurrentLayer {
  /// A stack of `layers` layers from `inputSize` to `hiddenSize` features.
  ///
  /// - Throws: `ModuleError` when a size is not positive or `dropout` lies outside `0...1`.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, dropout: Double = 0,
    bidirectional: Bool = false, generator: Generator? = nil
  ) throws {
    try super.init(
      kind: "GRU", gates: 3, inputSize: inputSize, hiddenSize: hiddenSize, layers: layers, bias: bias,
      dropout: dropout, bidirectional: bidirectional, generator: generator)
  }

  /// Runs the sequences.
  ///
  /// - Parameters:
  ///   - x: `[B, L, I]`.
  ///   - lengths: the real steps of each sequence, `[B]` integers in `1...L`; `nil` takes all `L`.
  ///   - state: the state before the first step, `[layers*D, B, H]`; `nil` is zeros.
  /// - Throws: `ModuleError` for a wrong shape or length.
  public func callAsFunction(
    _ x: Tensor, lengths: Tensor? = nil, state: Tensor? = nil
  ) throws -> RecurrentOutput {
    try callAsFunction(x, lengths: lengths.map { try $0.ints() }, state: state)
  }

  /// Runs the sequences, with their lengths as a plain array.
  public func callAsFunction(_ x: Tensor, lengths: [Int]?, state: Tensor? = nil) throws -> RecurrentOutput {
    try checkInput(x)
    let packed = try lengths.map { try PackedSequence(padded: x, lengths: $0) }
    let start = try initialState(state, for: x, packed)
    guard let packed else {
      let (output, hidden) = try x.gru(
        hx: start, params: flatWeights, hasBiases: hasBias, numLayers: layerCount, dropout: dropout,
        train: isTraining, bidirectional: bidirectional, batchFirst: true)
      return RecurrentOutput(output: output, hidden: hidden, cell: nil, directions: directions)
    }
    let (data, hidden) = try packed.data.gru(
      batchSizes: packed.batchSizes, hx: start, params: flatWeights, hasBiases: hasBias, numLayers: layerCount,
      dropout: dropout, train: isTraining, bidirectional: bidirectional)
    return RecurrentOutput(
      output: try PackedSequence(data: data, like: packed).padded(totalLength: x.shape[1]),
      hidden: try packed.unsorted(hidden), cell: nil, directions: directions)
  }
}
