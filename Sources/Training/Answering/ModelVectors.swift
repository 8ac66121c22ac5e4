import Models
import Retrieval
import Torch
import TorchNN

/// One vector for each item or user, from whatever model.
public enum ModelVectors {
  /// `[I, D]`: the item side of the dot product; for other models the item embedding tables side by side.
  ///
  /// - Parameter option: what the caller was asked for, as an error says it.
  /// - Throws: `ModelError` for a model without item vectors.
  public static func items(of model: any Recommender, option: String) throws -> Tensor {
    if let model = model as? any DotProductRecommender { return try model.itemVectors() }
    return try tables(model, rows: model.space.itemCount, isItem: true, option: option)
  }

  /// `[U, D]`, as ``items(of:option:)``.
  public static func users(of model: any Recommender, option: String) throws -> Tensor {
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
      throw ModelError(
        code: .missingInput,
        message:
          "\(option): received a run of model \(model.modelName), which has no \(isItem ? "item" : "user") vectors; "
          + "use a run of mf, fm, gmf, mlp, neumf, dnn, two-tower or sequence")
    }
    return try Tensor.cat(found.map { try $0.tensor.detach() }, dim: 1)
  }
  /// The `count` items whose vectors point the same way as each of some items', by cosine; none is like itself.
  ///
  /// - Parameter rows: rows of the catalogue's items.
  /// - Throws: `ModelError` for a model without item vectors.
  public static func similar(
    to rows: [Int], by model: any Recommender, count: Int, seed: UInt64, option: String
  ) throws -> TopK {
    let vectors = try noGrad {
      let raw = try items(of: model, option: option)
      return try (raw / raw.linalgVectorNorm(dim: [1], keepdim: true).clampMin(min: 1e-12)).contiguous()
    }
    let queries = try vectors.indexSelect(dim: 0, index: Tensor(rows).to(device: vectors.device)).contiguous()
    return try topK(
      queries: queries, items: vectors, k: max(0, min(count, vectors.shape[0] - 1)),
      excluding: ItemSets(rows.map { [Int32($0)] }), queryIDs: rows, seed: seed)
  }
}
