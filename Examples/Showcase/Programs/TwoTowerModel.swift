import Torch
import TorchNN

/// A user's and an item's embedding that meet in a summed product.
///
/// Parameters: `user_embedding.weight` `[users, d]`, `item_embedding.weight` `[items, d]`.
public final class TwoTowerModel: Module {
  private let userEmbedding: Embedding
  private let itemEmbedding: Embedding

  public init(
    users: Int = 100_000, items: Int = 50_000, dimension: Int = 64, sparse: Bool = false, generator: Generator? = nil
  ) throws {
    let members = Members()
    userEmbedding = members.add(
      "user_embedding", try Embedding(users, dimension, sparse: sparse, generator: generator))
    itemEmbedding = members.add(
      "item_embedding", try Embedding(items, dimension, sparse: sparse, generator: generator))
    super.init(members)
  }

  /// - Parameters:
  ///   - users: `[B]` int64.
  ///   - items: `[B]` int64.
  /// - Returns: `[B]` logits: `sum_d user[d] * item[d]`.
  public func callAsFunction(users: Tensor, items: Tensor) throws -> Tensor {
    try (userEmbedding(users) * itemEmbedding(items)).sum(dim: [1])
  }
}
