import Features
import Foundation
import Models
import Retrieval
import Torch
import TorchNN
import Training

@c(swiftrec_model_open)
public func modelOpen(
  _ path: UnsafePointer<CChar>?, _ device: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<Int64>?,
  _ message: Message?
) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    out.pointee = Handles.add(try OpenedModel(text(path, "path"), device: text(device, "device")))
  }
}

/// `{"kind": "recommender", "model": "mf", "tensors": [{"name": ..., "shape": ..., "dtype": ...}], ...}`
@c(swiftrec_model_describe)
public func modelDescribe(_ handle: Int64, _ out: Message?, _ message: Message?) -> Int32 {
  crossing(message) {
    let model = try Handles.get(handle, as: OpenedModel.self)
    try required(out, "out").pointee = strdup(try model.facts.description)
  }
}

/// The ids of users (0) or items (1), or the items' titles (2), as a JSON list in the order of their rows.
@c(swiftrec_model_texts)
public func modelTexts(_ handle: Int64, _ which: Int32, _ out: Message?, _ message: Message?) -> Int32 {
  crossing(message) {
    let (_, catalogue, _) = try Handles.get(handle, as: OpenedModel.self).recommender("ids")
    let list: [String]
    switch which {
    case 0: list = catalogue.users.tokens
    case 1: list = catalogue.items.tokens
    case 2: list = catalogue.itemTitles ?? catalogue.items.tokens
    default: throw CallError("which: received \(which), expected 0, 1 or 2")
    }
    try required(out, "out").pointee = strdup(JSONText.list(list.map(JSONText.text)).description)
  }
}

/// The rows of ids of users (0) or items (1); -1 for one that the run does not know.
@c(swiftrec_model_rows)
public func modelRows(
  _ handle: Int64, _ which: Int32, _ ids: UnsafePointer<UInt8>?, _ ends: UnsafePointer<Int64>?, _ count: Int64,
  _ out: UnsafeMutablePointer<Int32>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let (_, catalogue, _) = try Handles.get(handle, as: OpenedModel.self).recommender("ids")
    let vocabulary = which == 0 ? catalogue.users : catalogue.items
    let found = try texts(ids, ends, count, "ids").map { Int32(vocabulary.index(of: $0) ?? -1) }
    if !found.isEmpty { try required(out, "out").update(from: found, count: found.count) }
  }
}

/// The best items of users, those that a user has taken left out.
///
/// - Parameters:
///   - users: `count` rows.
///   - top: places a user has, at most the number of items.
///   - items: gets `[count, top]` rows of items, -1 where a user has fewer left.
///   - scores: gets `[count, top]`.
@c(swiftrec_model_recommend)
public func modelRecommend(
  _ handle: Int64, _ users: UnsafePointer<Int32>?, _ count: Int64, _ top: Int64,
  _ items: UnsafeMutablePointer<Int32>?, _ scores: UnsafeMutablePointer<Float>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let opened = try Handles.get(handle, as: OpenedModel.self)
    let (configuration, catalogue, model) = try opened.recommender("recommend")
    let rows = try OpenedModel.rows(values(users, count, "users"), below: catalogue.users.count, "users")
    guard (1...Int64(catalogue.items.count)).contains(top) else {
      throw CallError("top: received \(top), expected 1 to \(catalogue.items.count)")
    }
    guard !rows.isEmpty else { return }
    let (items, scores) = (try required(items, "items"), try required(scores, "scores"))
    try opened.locked {
      let ranking = try UserRanking(model, catalogue: catalogue, seed: configuration.seed)
      for first in stride(from: 0, to: rows.count, by: 1024) {
        let block = Array(rows[first..<min(rows.count, first + 1024)])
        let best = try ranking.best(of: block, count: Int(top))
        (items + first * Int(top)).update(from: best.ids, count: best.ids.count)
        (scores + first * Int(top)).update(from: best.scores, count: best.scores.count)
      }
    }
  }
}

/// The items that are most like each of some items, by the cosine of their vectors; as `swiftrec_model_recommend`.
///
/// - Parameter top: at most one less than there are items.
@c(swiftrec_model_similar)
public func modelSimilar(
  _ handle: Int64, _ rows: UnsafePointer<Int32>?, _ count: Int64, _ top: Int64,
  _ items: UnsafeMutablePointer<Int32>?, _ cosines: UnsafeMutablePointer<Float>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let opened = try Handles.get(handle, as: OpenedModel.self)
    let (configuration, catalogue, model) = try opened.recommender("similar")
    let rows = try OpenedModel.rows(values(rows, count, "items"), below: catalogue.items.count, "items")
    guard (1..<max(2, Int64(catalogue.items.count))).contains(top), catalogue.items.count > 1 else {
      throw CallError("top: received \(top), expected 1 to \(catalogue.items.count - 1)")
    }
    guard !rows.isEmpty else { return }
    let (items, cosines) = (try required(items, "items"), try required(cosines, "cosines"))
    let best = try opened.locked {
      try ModelVectors.similar(to: rows, by: model, count: Int(top), seed: configuration.seed, option: "similar")
    }
    items.update(from: best.ids, count: best.ids.count)
    cosines.update(from: best.scores, count: best.scores.count)
  }
}

/// The scores of pairs of a user and an item, logits; `out` gets `count` of them.
@c(swiftrec_model_scores)
public func modelScores(
  _ handle: Int64, _ users: UnsafePointer<Int32>?, _ items: UnsafePointer<Int32>?, _ count: Int64,
  _ out: UnsafeMutablePointer<Float>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let opened = try Handles.get(handle, as: OpenedModel.self)
    let (_, catalogue, model) = try opened.recommender("scores")
    let users = try OpenedModel.rows(values(users, count, "users"), below: catalogue.users.count, "users")
    let items = try OpenedModel.rows(values(items, count, "items"), below: catalogue.items.count, "items")
    guard !users.isEmpty else { return }
    let out = try required(out, "out")
    try opened.locked {
      try noGrad {
        for first in stride(from: 0, to: users.count, by: 65_536) {
          let range = first..<min(users.count, first + 65_536)
          let scores = try model.pairScores(
            users: Tensor(Array(users[range])).to(device: opened.device),
            items: Tensor(Array(items[range])).to(device: opened.device)
          ).floats()
          (out + first).update(from: scores, count: scores.count)
        }
      }
    }
  }
}

/// Measures the model on its test part, as JSON.
///
/// - Parameter dataset: a handle of the data, where they stand in memory; 0 for what the configuration names.
@c(swiftrec_model_evaluate)
public func modelEvaluate(_ handle: Int64, _ dataset: Int64, _ out: Message?, _ message: Message?) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    let opened = try Handles.get(handle, as: OpenedModel.self)
    let given = dataset == 0 ? nil : try Handles.get(dataset, as: DatasetBox.self).whole()
    let result: EvaluationResult
    switch opened.kind {
    case .recommender(let configuration, _, _):
      result = try opened.run.evaluate(configuration, device: opened.device, given: given)
    case .ranker(let configuration, _):
      result = try RankingData.evaluate(configuration, opened.run, opened.device)
    }
    out.pointee = strdup(result.json.description)
  }
}

/// Probabilities of the rows of a file, `[B, T]`, as a tensor's handle.
///
/// - Parameter separator: of a text file with a header and quoted fields; null for a file in the format of the run's data.
@c(swiftrec_model_predict)
public func modelPredict(
  _ handle: Int64, _ path: UnsafePointer<CChar>?, _ separator: UnsafePointer<CChar>?,
  _ out: UnsafeMutablePointer<Int64>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    let opened = try Handles.get(handle, as: OpenedModel.self)
    let (_, predictor) = try opened.ranker("predict")
    let format = optionalText(separator).map { RowFiles.Format.text(separator: $0, hasHeader: true, isQuoted: true) }
    var probabilities: [Float] = []
    try opened.locked {
      try predictor.predict(text(path, "path"), format: format) { probabilities += $0 }
    }
    let goals = max(1, predictor.goals.count)
    let tensor = try Tensor(probabilities, shape: [probabilities.count / goals, goals])
    out.pointee = Handles.add(TensorBox(tensor))
  }
}

/// A tensor of the model by its name in the checkpoint, sharing the model's memory. `users` and `items` are the vectors that the
/// model scores with, which some models compute.
@c(swiftrec_model_tensor)
public func modelTensor(
  _ handle: Int64, _ name: UnsafePointer<CChar>?, _ out: UnsafeMutablePointer<Int64>?, _ message: Message?
) -> Int32 {
  crossing(message) {
    let out = try required(out, "out")
    let opened = try Handles.get(handle, as: OpenedModel.self)
    let name = try text(name, "name")
    let state = try opened.module.stateDict()
    if let found = state.first(where: { $0.name == name }) {
      out.pointee = Handles.add(TensorBox(found.tensor))
      return
    }
    guard name == "users" || name == "items" else {
      throw DataError(
        .unknownIdentifier, "the model has no tensor of this name", received: name,
        remedy: "use one of " + (state.map(\.name) + ["users", "items"]).joined(separator: ", "))
    }
    let (_, _, model) = try opened.recommender("embeddings")
    let tensor = try opened.locked {
      try noGrad {
        name == "users"
          ? try ModelVectors.users(of: model, option: "embeddings")
          : try ModelVectors.items(of: model, option: "embeddings")
      }
    }
    out.pointee = Handles.add(TensorBox(try tensor.detach()))
  }
}
