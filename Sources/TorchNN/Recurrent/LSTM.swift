import Torch

/// A long short-term memory over batch-first sequences; PyTorch's `nn.LSTM(batch_first=True)`.
///
/// Hochreiter and Schmidhuber 1997, "Long Short-Term Memory".
public final class LSTM: RecurrentLayer {
  /// A stack of `layers` layers from `inputSize` to `hiddenSize` features.
  ///
  /// - Throws: `ModuleError` when a size is not positive or `dropout` lies outside `0...1`.
  public init(
    _ inputSize: Int, _ hiddenSize: Int, layers: Int = 1, bias: Bool = true, dropout: Double = 0,
    bidirectional: Bool = false, generator: Generator? = nil
  ) throws {
    try super.init(
      kind: "LSTM", gates: 4, inputSize: inputSize, hiddenSize: hiddenSize, layers: layers, bias: bias,
      dropout: dropout, bidirectional: bidirectional, generator: generator)
  }

  /// Runs the sequences.
  ///
  /// - Parameters:
  ///   - x: `[B, L, I]`.
  ///   - lengths: the real steps of each sequence, `[B]` integers in `1...L`; `nil` takes all `L`.
  ///   - state: the states before the first step, each `[layers*D, B, H]`; `nil` is zeros.
  /// - Throws: `ModuleError` for a wrong shape or length.
  public func callAsFunction(
    _ x: Tensor, lengths: Tensor? = nil, state: (hidden: Tensor, cell: Tensor)? = nil
  ) throws -> RecurrentOutput {
    try callAsFunction(x, lengths: lengths.map { try $0.ints() }, state: state)
  }

  /// Runs the sequences, with their lengths as a plain array.
  public func callAsFunction(
    _ x: Tensor, lengths: [Int]?, state: (hidden: Tensor, cell: Tensor)? = nil
  ) throws -> RecurrentOutput {
    try checkInput(x)
    let packed = try lengths.map { try PackedSequence(padded: x, lengths: $0) }
    let start = [
      try initialState(state?.hidden, for: x, packed), try initialState(state?.cell, for: x, packed),
    ]
    guard let packed else {
      let (output, hidden, cell) = try x.lstm(
        hx: start, params: flatWeights, hasBiases: hasBias, numLayers: layerCount, dropout: dropout,
        train: isTraining, bidirectional: bidirectional, batchFirst: true)
      return RecurrentOutput(output: output, hidden: hidden, cell: cell, directions: directions)
    }
    let (data, hidden, cell) = try packed.data.lstm(
      batchSizes: packed.batchSizes, hx: start, params: flatWeights, hasBiases: hasBias, numLayers: layerCount,
      dropout: dropout, train: isTraining, bidirectional: bidirectional)
    return RecurrentOutput(
      output: try PackedSequence(data: data, like: packed).padded(totalLength: x.shape[1]),
      hidden: try packed.unsorted(hidden), cell: try packed.unsorted(cell), directions: directions)
  }
}
