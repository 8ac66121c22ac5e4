import Torch

/// What a recurrent layer gives for a batch.
public struct RecurrentOutput {
  /// The top layer's output at each step, zero after a sequence's end: `[B, L, D*H]`.
  public let output: Tensor
  /// The state of each layer after its last real step: `[layers*D, B, H]`.
  public let hidden: Tensor
  /// The cell state of an LSTM: `[layers*D, B, H]`; `nil` for a GRU.
  public let cell: Tensor?
  let directions: Int

  /// The top layer's state after the last real step of each sequence: `[B, D*H]`, forward then backward.
  public func last() throws -> Tensor {
    let top = hidden.shape[0] - directions
    guard directions == 2 else { return try hidden.select(dim: 0, index: top) }
    return try Tensor.cat(
      [hidden.select(dim: 0, index: top), hidden.select(dim: 0, index: top + 1)], dim: 1)
  }
}
