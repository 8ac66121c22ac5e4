import Features
import Models
import Torch
import TorchNN

/// HR@10 of the held-out item among the given candidates, as the NCF benchmark defines it and the peer counts it.
struct CandidateJudge {
  private let users: Tensor
  private let items: Tensor

  /// - Parameters:
  ///   - test: `U` held-out interactions.
  ///   - candidates: `U` lists, the held-out item first.
  init(test: Interactions, candidates: CandidateLists) throws {
    let width = candidates.width
    users = try Tensor(
      test.users.flatMap { user in [Int](repeating: Int(user), count: width) }, shape: [test.count, width])
    items = try Tensor(candidates.items.map { Int($0) }, shape: [test.count, width])
  }

  func hitRate(of model: any Recommender) throws -> Double {
    model.eval()
    defer { model.train() }
    return try noGrad {
      let (count, width) = (users.shape[0], users.shape[1])
      var hits = 0.0
      for start in stride(from: 0, to: count, by: 1024) {
        let length = min(1024, count - start)
        let block = try model.pairScores(
          users: users.narrow(dim: 0, start: start, length: length).reshape([-1]),
          items: items.narrow(dim: 0, start: start, length: length).reshape([-1]))
        let scores = try block.reshape([length, width])
        let rank = try scores.gt(scores.narrow(dim: 1, start: 0, length: 1)).sum(dim: [1])
        hits += try rank.lt(10).sum().item()
      }
      return hits / Double(count)
    }
  }
}
