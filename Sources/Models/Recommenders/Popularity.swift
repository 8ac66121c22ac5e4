import Features
import Torch
import TorchNN

/// Ranks items by how often they were chosen, the same for every user: the floor that a trained model has to clear.
///
/// Its state is the buffer `counts` `[I]`. Cremonesi, Koren and Turrin 2010, "Performance of recommender algorithms on
/// top-N recommendation tasks", section 3 (TopPop).
public final class Popularity: Module, CountingRecommender {
  /// Nothing to choose.
  public struct Configuration: ModelParameters {
    public static let fields: [ParameterField<Configuration>] = []
    public init() {}
  }

  public static let modelName = "popularity"
  public static let objectives: Set<TrainingObjective> = []

  public let space: InteractionSpace
  /// `[I]` float32: the interactions of each item.
  public let counts: Tensor

  public init(_ configuration: Configuration = .init(), space: InteractionSpace) throws {
    self.space = space
    let members = Members()
    counts = members.buffer("counts", try Tensor.zeros([space.itemCount]))
    super.init(members)
  }

  public func fit(_ interactions: Interactions) throws {
    if let row = interactions.items.firstIndex(where: { $0 < 0 || Int($0) >= space.itemCount }) {
      throw ModelError(
        code: .outOfSpace,
        message: "model \"popularity\": item id \(interactions.items[row]) at row \(row) is outside "
          + "0..<\(space.itemCount); build the model for the vocabulary that the interactions were read with")
    }
    let found = interactions.itemCounts(itemCount: space.itemCount).map(Float.init)
    _ = try noGrad { try counts.copy_(Tensor(found)) }
  }

  /// - Returns: `[B]`: the count of each item, whoever asks.
  public func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    try counts.indexSelect(dim: 0, index: items)
  }

  public func scoreAllItems(users: Tensor) throws -> Tensor {
    try counts.unsqueeze(dim: 0).expand([users.count, space.itemCount])
  }
}
