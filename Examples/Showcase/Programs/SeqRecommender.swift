import Torch
import TorchNN

/// The next item from a history of any length: item embedding, LSTM, its output at the last real step, logits over all items.
///
/// Parameters: `item_embedding.weight` `[items, d]`, `lstm.weight_ih_l0` and its kin, `output.weight` `[items, hidden]`,
/// `output.bias`.
public final class SeqRecommender: Module {
  private let itemEmbedding: Embedding
  private let lstm: LSTM
  private let output: Linear

  public init(
    items: Int = 50_000, dimension: Int = 128, hidden: Int = 128, sparse: Bool = false, generator: Generator? = nil
  ) throws {
    let members = Members()
    itemEmbedding = members.add(
      "item_embedding", try Embedding(items, dimension, sparse: sparse, generator: generator))
    lstm = members.add("lstm", try LSTM(dimension, hidden, generator: generator))
    output = members.add("output", try Linear(hidden, items, generator: generator))
    super.init(members)
  }

  /// - Parameters:
  ///   - histories: `[B, L]` int64 item ids, oldest first, padded at the end.
  ///   - lengths: `[B]` int64, the real entries of each row, at least 1.
  /// - Returns: `[B, items]` logits.
  public func callAsFunction(histories: Tensor, lengths: Tensor) throws -> Tensor {
    let steps = try lstm(itemEmbedding(histories), lengths: nil as [Int]?).output
    let last = try lengths.sub(1).view([-1, 1, 1]).expand([steps.shape[0], 1, steps.shape[2]])
    return try output(steps.gather(dim: 1, index: last).squeeze(dim: 1))
  }
}
