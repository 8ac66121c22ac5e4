import Models
import Torch
import TorchNN
import Training

/// One vector for each item, from whatever model.
enum ItemVectors {
  /// The item side of the dot product; for other models the item embedding tables side by side.
  ///
  /// - Throws: `CommandError` for a model without item vectors.
  static func of(_ model: any Recommender, option: String) throws -> Tensor {
    if let model = model as? any DotProductRecommender { return try model.itemVectors() }
    return try tables(model, rows: model.space.itemCount, isItem: true, option: option)
  }

  static func users(of model: any Recommender, option: String) throws -> Tensor {
    if let model = model as? any DotProductRecommender {
      return try model.userVectors(Tensor.arange(model.space.userCount, device: model.device))
    }
    return try tables(model, rows: model.space.userCount, isItem: false, option: option)
  }

  private static func tables(_ model: any Recommender, rows: Int, isItem: Bool, option: String) throws -> Tensor {
    // Tables are told apart by their names, which follow the papers': gi, mi, item_embedding; gu, mu, user_embedding.
    let found = model.namedParameters().filter { name, tensor in
      guard tensor.rank == 2, tensor.shape[0] == rows, tensor.shape[1] > 1, name.hasSuffix("weight") else {
        return false
      }
      let table = name.split(separator: ".").dropLast().last.map(String.init) ?? name
      return isItem ? table.contains("item") || table.hasSuffix("i") : table.contains("user") || table.hasSuffix("u")
    }
    guard !found.isEmpty else {
      throw CommandError(
        "\(option): received a run of model \(model.modelName), which has no \(isItem ? "item" : "user") vectors; "
          + "use a run of mf, fm, gmf, mlp, neumf, dnn, two-tower or sequence")
    }
    return try Tensor.cat(found.map { try $0.tensor.detach() }, dim: 1)
  }
}
