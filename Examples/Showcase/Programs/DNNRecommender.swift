import Torch
import TorchNN

/// User and item embeddings concatenated into a perceptron with dropout: the deep recommender of introductions.
///
/// Parameters: `user_embedding.weight` `[users, d]`, `item_embedding.weight` `[items, d]`, `mlp.0`, `mlp.3`, `mlp.6`.
public final class DNNRecommender: Module {
  private let userEmbedding: Embedding
  private let itemEmbedding: Embedding
  private let mlp: Sequential

  public init(
    users: Int = 100_000, items: Int = 500_000, dimension: Int = 128, hidden: [Int] = [256, 128],
    dropout: Double = 0.1, sparse: Bool = false, generator: Generator? = nil
  ) throws {
    let members = Members()
    userEmbedding = members.add(
      "user_embedding", try Embedding(users, dimension, sparse: sparse, generator: generator))
    itemEmbedding = members.add(
      "item_embedding", try Embedding(items, dimension, sparse: sparse, generator: generator))
    var layers: [any UnaryLayer] = []
    var width = 2 * dimension
    for size in hidden {
      layers += [try Linear(width, size, generator: generator), Activation.relu, try Dropout(dropout)]
      width = size
    }
    layers.append(try Linear(width, 1, generator: generator))
    mlp = members.add("mlp", Sequential(layers))
    super.init(members)
  }

  /// - Parameters:
  ///   - users: `[B]` int64.
  ///   - items: `[B]` int64.
  /// - Returns: `[B]` logits.
  public func callAsFunction(users: Tensor, items: Tensor) throws -> Tensor {
    try mlp(Tensor.cat([userEmbedding(users), itemEmbedding(items)], dim: 1)).squeeze(dim: 1)
  }
}
