import Features
import Models
import Retrieval
import Torch

/// Ranks all items for users of a trained recommender, those that a user has taken left out.
public struct UserRanking {
  private let model: any Recommender
  private let catalogue: Catalogue
  private let seed: UInt64
  private let vectors: (items: Tensor, bias: Tensor?)?

  /// - Parameter seed: of the order among equal scores.
  public init(_ model: any Recommender, catalogue: Catalogue, seed: UInt64) throws {
    self.model = model
    self.catalogue = catalogue
    self.seed = seed
    vectors = try (model as? any DotProductRecommender).map { model in
      try noGrad { (try model.itemVectors().contiguous(), try model.itemBiases()) }
    }
  }

  /// The best `count` items of each user, `-1` where a user has fewer left.
  ///
  /// - Parameter users: rows of the catalogue's users.
  public func best(of users: [Int], count: Int) throws -> TopK {
    let seen = ItemSets(users.map { Array(Set(catalogue.histories.items(of: $0))).sorted() })
    let depth = min(count, catalogue.items.count)
    let ids = try Tensor(users).to(device: model.device)
    return try noGrad {
      if let vectors, let model = model as? any DotProductRecommender {
        return try topK(
          queries: model.userVectors(ids), items: vectors.items, itemBias: vectors.bias, k: depth, excluding: seen,
          queryIDs: users, seed: seed)
      }
      return try topK(
        scores: model.scoreAllItems(users: ids), k: depth, excluding: seen, queryIDs: users, seed: seed)
    }
  }
}
