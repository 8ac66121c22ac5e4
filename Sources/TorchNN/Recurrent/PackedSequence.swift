import Torch

/// A batch of sequences of unequal lengths without its padding, longest first;
/// PyTorch's `pack_padded_sequence(..., enforce_sorted=False)`.
public struct PackedSequence {
  /// The steps of all sequences, step by step: `[sum of lengths, F]`.
  public let data: Tensor
  /// How many sequences are still running at each step: `[longest]` int64 on the CPU.
  public let batchSizes: Tensor
  /// The position in the given batch of each sequence in the packed order: `[B]`.
  public let sortedIndices: Tensor
  /// The position in the packed order of each given sequence: `[B]`.
  public let unsortedIndices: Tensor

  /// Packs `padded` `[B, L, F]`, of which row `b` holds `lengths[b]` real steps.
  ///
  /// - Throws: `ModuleError` when there are not `B` lengths or one lies outside `1...L`.
  public init(padded: Tensor, lengths: [Int]) throws {
    let shape = padded.shape
    guard shape.count >= 2, lengths.count == shape[0] else {
      throw ModuleError(
        .invalidShape, "received \(lengths.count) lengths for a batch of shape \(shape); needs one for each sequence")
    }
    if let position = lengths.firstIndex(where: { !(1...max(1, shape[1])).contains($0) }) {
      throw ModuleError(
        .invalidArgument,
        "length \(lengths[position]) at position \(position) is outside 1...\(shape[1]); leave empty sequences out of "
          + "the batch and cut long ones")
    }
    let order = lengths.indices.sorted { (lengths[$0], $1) > (lengths[$1], $0) }
    var inverse = [Int](repeating: 0, count: order.count)
    for (rank, position) in order.enumerated() { inverse[position] = rank }
    sortedIndices = try Tensor(order, device: padded.device)
    unsortedIndices = try Tensor(inverse, device: padded.device)
    let sorted = try padded.indexSelect(dim: 0, index: sortedIndices)
    let sortedLengths = try Tensor(order.map { lengths[$0] })
    (data, batchSizes) = try sorted._packPaddedSequence(lengths: sortedLengths, batchFirst: true)
  }

  init(data: Tensor, like other: PackedSequence) {
    self.data = data
    batchSizes = other.batchSizes
    sortedIndices = other.sortedIndices
    unsortedIndices = other.unsortedIndices
  }

  /// The padded batch in the given order: `[B, totalLength, F]`, with `padding` after each sequence's end.
  public func padded(totalLength: Int, padding: Double = 0) throws -> Tensor {
    let (sorted, _) = try data._padPackedSequence(
      batchSizes: batchSizes, batchFirst: true, paddingValue: padding, totalLength: totalLength)
    return try sorted.indexSelect(dim: 0, index: unsortedIndices)
  }

  /// Puts a state `[layers*D, B, H]` of the packed order back into the given order.
  func unsorted(_ state: Tensor) throws -> Tensor {
    try state.indexSelect(dim: 1, index: unsortedIndices)
  }
}
