import SwiftRec

/// A model that SwiftRec does not have: users and items are points, and near is good.
///
/// `score(u, i) = bias[i] - |user[u] - item[i]|^2`, Hsieh et al. 2017, "Collaborative Metric Learning".
final class MetricModel: Module, Recommender {
  static let modelName = "metric"
  static let objectives: Set<TrainingObjective> = [.pointwise, .pairwise]

  let space: InteractionSpace
  private let user: Embedding
  private let item: Embedding
  private let bias: Embedding

  init(space: InteractionSpace, dimensions: Int, generator: Generator) throws {
    self.space = space
    let members = Members()
    let near = Initialiser.normal(mean: 0, std: 0.1)
    user = members.add("user", try Embedding(space.userCount, dimensions, initialiser: near, generator: generator))
    item = members.add("item", try Embedding(space.itemCount, dimensions, initialiser: near, generator: generator))
    bias = members.add("bias", try Embedding(space.itemCount, 1, initialiser: .zeros))
    super.init(members)
  }

  func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    let distance = try (user(users) - item(items)).square().sum(dim: [1])
    return try bias(items).squeeze(dim: 1) - distance
  }

  func scoreAllItems(users: Tensor) throws -> Tensor {
    try evaluating {
      // |u - i|^2 = |u|^2 - 2 u.i + |i|^2, and |u|^2 moves all of a user's scores alike.
      let products = try user(users).mm(item.weight.t()) * 2.0
      return try products + bias.weight.squeeze(dim: 1) - item.weight.square().sum(dim: [1])
    }
  }
}
