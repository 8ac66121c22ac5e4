import Features
import Torch
import TorchNN

extension DotProductRecommender {
  public var temperature: Double { 1 }

  /// The vectors that ask, one for each row of the batch.
  public func queryVectors(_ batch: Batch) throws -> Tensor { try userVectors(batch.users) }

  public func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    var scores = try userVectors(users).mul(itemVectors(items)).sum(dim: [1])
    if let biases = try itemBiases(items) { scores = try scores + biases }
    if let offsets = try userOffsets(users) { scores = try scores + offsets }
    return scores
  }

  public func scoreAllItems(users: Tensor) throws -> Tensor {
    try evaluating {
      let queries = try userVectors(users)
      let items = try itemVectors().t()
      var scores =
        if let biases = try itemBiases() { try biases.addmm(mat1: queries, items) } else { try queries.mm(items) }
      if let offsets = try userOffsets(users) { scores = try scores.add_(offsets.unsqueeze(dim: 1)) }
      return scores
    }
  }

  /// Scores each row's user against the items of all rows: the logits of the in-batch sampled softmax, whose targets are
  /// `0, 1, ..., B - 1`; differentiable.
  ///
  /// A popular item stands in many batches and is so punished more often than its share; subtracting the logarithm of how
  /// likely it is in a batch makes up for that. Where an item stands twice in a batch, one copy is no negative of the other.
  ///
  /// - Parameters:
  ///   - batch: `B` positive pairs.
  ///   - logQ: `[I]`: the logarithm of each item's probability to stand in a row, nil for no correction.
  ///   - maskingRepeats: whether further copies of the positive item are left out of a row's negatives.
  /// - Returns: `[B, B]` logits.
  ///
  /// Yi et al. 2019, "Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations".
  public func inBatchLogits(_ batch: Batch, logQ: Tensor? = nil, maskingRepeats: Bool = true) throws -> Tensor {
    let items = batch.items
    var queries = try queryVectors(batch)
    if temperature != 1 { queries = try queries / temperature }
    var perItem = try itemBiases(items)
    if let logQ {
      let correction = try logQ.indexSelect(dim: 0, index: items)
      perItem = try perItem.map { try $0 - correction } ?? correction.neg()
    }
    let keys = try itemVectors(items).t()
    let logits = if let perItem { try perItem.addmm(mat1: queries, keys) } else { try queries.mm(keys) }
    guard maskingRepeats else { return logits }
    let count = items.count
    let repeats = try noGrad {
      let same = try items.unsqueeze(dim: 1).eq(items.unsqueeze(dim: 0))
      let rows = try Tensor.arange(count).to(device: items.device)
      return try same.logicalAnd(rows.unsqueeze(dim: 1).ne(rows.unsqueeze(dim: 0)))
    }
    return try logits.maskedFill(mask: repeats, value: -1e9)
  }
}
