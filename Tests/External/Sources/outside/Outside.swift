import SwiftRec

/// Trains `MetricModel` on made-up interactions and asks whether it finds the tastes that were planted in them.
@main
enum Outside {
  static func main() throws {
    let dataset = try Datasets.load("synthetic:implicit")
    let split = try Split.make(dataset, method: .leaveOneOut)
    let seen = try SeenItems(split.train, userCount: dataset.userCount, itemCount: dataset.itemCount)
    let model = try MetricModel(space: InteractionSpace(dataset), dimensions: 16, generator: Generator(seed: 1))
    let untrained = try hitRate(of: model, split: split, seen: seen)

    let loader = try BatchLoader(
      train: split.train, itemCount: dataset.itemCount, userCount: dataset.userCount, kind: .pairwise(negatives: 4),
      batchSize: 512, sampler: UniformNegativeSampler(seen: seen), seed: 1)
    let optimizer = try Adam(model.namedParameters(), learningRate: 0.01)
    model.train()
    for epoch in 0..<15 {
      let batches = loader.epoch(epoch)
      while let batch = try batches.next() {
        try optimizer.zeroGrad()
        let positive = try model.logits(batch)
        try Loss.hinge(positive: positive, negative: model.negativeLogits(batch), margin: 1).backward()
        try optimizer.step()
      }
    }

    let trained = try hitRate(of: model, split: split, seen: seen)
    print("HR@10 before training \(untrained), after it \(trained)")
    guard trained > 4 * untrained, trained > 0.05 else {
      throw OutsideError(description: "the model has learnt nothing: HR@10 \(untrained) became \(trained)")
    }
  }

  /// The share of users whose held-out item is among their ten best unseen ones.
  private static func hitRate(of model: MetricModel, split: Split, seen: SeenItems) throws -> Double {
    let users = split.test.users
    let scores = try model.scoreAllItems(users: Tensor(users.map { Int($0) }))
    let best = try topK(scores: scores, k: 10, excluding: ItemSets(users.map { Array(seen.items(of: $0)) }))
    let hits = zip(users.indices, split.test.items).count { best.ids(of: $0).contains($1) }
    return Double(hits) / Double(users.count)
  }
}

struct OutsideError: Error, CustomStringConvertible {
  var description: String
}
