import Features
import Foundation
import RecommenderMetrics
import Models
import Retrieval
import Torch
import TorchNN

extension Evaluator {
  /// Every item for each user with a held-out one, in blocks.
  func rankAll(_ model: any Recommender, _ shouldStop: () -> Bool) throws -> RankingReport {
    let (seen, relevant, users) = try rankingSets()
    let device = model.device
    if let model = model as? any DotProductRecommender {
      let ranking = try FullRanking(
        k: configuration.cutoffs, itemCount: space.itemCount, popularity: popularity, seed: seed)
      return try ranking.evaluate(
        users: users, seen: seen, relevant: relevant, items: model.itemVectors(), itemBias: model.itemBiases()
      ) { block in
        if shouldStop() { throw Interruption() }
        return try model.userVectors(Tensor(block).to(device: device))
      }
    }
    let ranking = try FullRanking(
      k: configuration.cutoffs, itemCount: space.itemCount, popularity: popularity, seed: seed,
      blockSize: configuration.block)
    return try ranking.evaluate(users: users, seen: seen, relevant: relevant) { block in
      if shouldStop() { throw Interruption() }
      return try model.scoreAllItems(users: Tensor(block).to(device: device))
    }
  }

  /// The candidate lists as they stand, with AUC and LogLoss over all their pairs.
  func rankCandidates(
    _ model: any Recommender, _ lists: CandidateLists, _ shouldStop: () -> Bool
  ) throws -> (report: RankingReport, metrics: [(name: String, value: Double)]) {
    var area = AUC()
    var logLoss = LogLoss()
    let isProbability = loss.name == "bce" && !type(of: model).objectives.isEmpty
    let ranking = try CandidateRanking(k: configuration.cutoffs, seed: seed)
    let width = lists.width
    let report = try ranking.evaluate(users: rows.users.map(Int.init), candidates: lists.items, width: width) {
      users, items in
      if shouldStop() { throw Interruption() }
      let scores = try pairScores(model, users: users, items: items, width: width)
      let values = try scores.floats()
      let labels = values.indices.map { $0 % width == 0 ? Float(1) : 0 }
      try area.add(scores: values, labels: labels)
      if isProbability { try logLoss.add(logits: values, labels: labels) }
      return scores
    }
    var metrics: [(name: String, value: Double)] = []
    if let value = area.value { metrics.append(("auc", value)) }
    if isProbability, let value = logLoss.value { metrics.append(("logloss", value)) }
    return (report, metrics)
  }

  /// Scores of lists of `width` items, each list of one user.
  private func pairScores(_ model: any Recommender, users: [Int], items: [Int32], width: Int) throws -> Tensor {
    let device = model.device
    let itemIDs = try Tensor(items.map(Int64.init)).to(device: device)
    guard let sequence = model as? any NextItemRecommender & DotProductRecommender else {
      return try model.pairScores(users: Tensor(users).to(device: device), items: itemIDs)
    }
    // A history costs far more than an item: run each user's once instead of once a candidate.
    let owners = try Tensor(stride(from: 0, to: users.count, by: width).map { users[$0] }).to(device: device)
    let queries = try sequence.userVectors(owners).unsqueeze(dim: 2)
    let keys = try sequence.itemVectors(itemIDs).view([owners.count, width, -1])
    let products = try keys.matmul(queries).view([-1])
    guard let biases = try sequence.itemBiases(itemIDs) else { return products }
    return try products + biases
  }

  /// RMSE and MAE on the held-out ratings.
  func ratingErrors(_ model: any Recommender) throws -> [(name: String, value: Double)] {
    guard rows.hasRatings else { return [] }
    let device = model.device
    var squares = 0.0
    var absolutes = 0.0
    for start in stride(from: 0, to: rows.count, by: 65_536) {
      let range = start..<min(rows.count, start + 65_536)
      let scores = try model.pairScores(
        users: Tensor(rows.users[range].map(Int64.init)).to(device: device),
        items: Tensor(rows.items[range].map(Int64.init)).to(device: device)
      ).floats()
      for (score, rating) in zip(scores, rows.ratings[range]) {
        let error = Double(score) - Double(rating)
        squares += error * error
        absolutes += abs(error)
      }
    }
    return [("rmse", (squares / Double(rows.count)).squareRoot()), ("mae", absolutes / Double(rows.count))]
  }
}

extension Recommender {
  /// Where the model's tensors lie; the CPU for a model without any.
  public var device: Device {
    namedParameters().first?.tensor.device ?? namedBuffers().first?.tensor.device ?? .cpu
  }
}
