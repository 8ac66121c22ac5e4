import Features
import Foundation
import Models
import Retrieval
import Torch
import Training

/// A trained recommender that answers requests: items for users, by its vectors where the score is a dot product, else by
/// scoring every item.
///
/// What a user did since the training counts too. A model of sequences reads it as the end of the user's history. For the others
/// it is a vector of taste, the mean of the items' vectors by weight, the later ones counting more; for a known user it stands
/// beside the user's own vector, and both count the same.
public final class RecommenderModel: @unchecked Sendable {
  // Unchecked: a model in evaluation mode is only read.
  let model: any Recommender
  let catalogue: Catalogue
  let seed: UInt64
  let device: Device
  let index: ExactIndex?
  let categories: ItemCategories
  /// Most popular first.
  let popularOrder: [Int32]
  /// How long a user's vector is, about: what a session without a user is scaled to.
  let usualLength: Double
  private let likeness = Likeness()

  /// - Parameters:
  ///   - model: in evaluation mode, with its histories where it reads them.
  ///   - seed: of the order among equal scores.
  ///   - items: the item vectors, where they were made before.
  ///   - codes: the bytes of the item vectors, where they were made before.
  /// - Throws: `TorchError` for weights that are not finite.
  public init(
    _ model: any Recommender, catalogue: Catalogue, seed: UInt64, items: Tensor? = nil, codes: ItemCodes? = nil
  ) throws {
    self.model = model
    self.catalogue = catalogue
    self.seed = seed
    device = model.device
    categories = ItemCategories(catalogue.itemFields, itemCount: catalogue.items.count)
    popularOrder = catalogue.mostPopular(catalogue.items.count).map { Int32($0) }
    guard let dot = model as? any DotProductRecommender else {
      (index, usualLength) = (nil, 1)
      return
    }
    (index, usualLength) = try noGrad {
      let index = try ExactIndex(items ?? dot.itemVectors(), itemBias: dot.itemBiases(), codes: codes)
      let some = try Tensor.arange(min(256, catalogue.users.count), device: model.device)
      let lengths =
        try some.count == 0 ? [] : dot.userVectors(some).linalgVectorNorm(dim: [1]).to(dtype: .float64).doubles()
      return (index, lengths.isEmpty ? 1 : lengths.reduce(0, +) / Double(lengths.count))
    }
  }

  /// The item vectors scaled to length 1, made when they are first asked for; nil for a model without vectors.
  func directions() throws -> ExactIndex? {
    try likeness.lock.withLock {
      if likeness.isMade { return likeness.index }
      guard let raw = try? noGrad({ try ModelVectors.items(of: model, option: "similar") }) else {
        likeness.isMade = true
        return nil
      }
      let index = try noGrad {
        try ExactIndex(raw / raw.linalgVectorNorm(dim: [1], keepdim: true).clampMin(min: 1e-12))
      }
      (likeness.isMade, likeness.index) = (true, index)
      return index
    }
  }

  private final class Likeness {
    let lock = NSLock()
    var isMade = false
    var index: ExactIndex?
  }

  func item(_ row: Int32, score: Float) -> ScoredItem {
    let row = Int(row)
    let title = catalogue.itemTitles.flatMap { $0.indices.contains(row) ? $0[row] : nil }
    return ScoredItem(item: catalogue.items.tokens[row], title: title, score: score)
  }

  /// The first places of a ranking as items.
  func items(_ best: TopK, row: Int, top: Int) -> [ScoredItem] {
    zip(best.ids(of: row), best.scores(of: row)).prefix(top).map { item($0.0, score: $0.1) }
  }
}
