import Features
import Models
import Retrieval
import Torch
import Training

/// Ranks all items for users of an opened run, those that a user has taken left out.
struct Ranking {
  private let opened: OpenedRun
  private let vectors: (items: Tensor, bias: Tensor?)?

  init(_ opened: OpenedRun) throws {
    self.opened = opened
    vectors = try (opened.model as? any DotProductRecommender).map { model in
      try noGrad { (try model.itemVectors().contiguous(), try model.itemBiases()) }
    }
  }

  /// The best `count` items of each user, `-1` where a user has fewer left.
  func best(of users: [Int], count: Int) throws -> TopK {
    let catalogue = opened.catalogue
    let seen = ItemSets(users.map { Array(Set(catalogue.histories.items(of: $0))).sorted() })
    let depth = min(count, catalogue.items.count)
    let ids = try Tensor(users).to(device: opened.device)
    return try noGrad {
      if let vectors, let model = opened.model as? any DotProductRecommender {
        return try topK(
          queries: model.userVectors(ids), items: vectors.items, itemBias: vectors.bias, k: depth, excluding: seen,
          queryIDs: users, seed: opened.configuration.seed)
      }
      return try topK(
        scores: opened.model.scoreAllItems(users: ids), k: depth, excluding: seen, queryIDs: users,
        seed: opened.configuration.seed)
    }
  }
}
