import Features
import Models
import Torch
import TorchNN

/// A space with one field on each side.
private func toySpace() throws -> InteractionSpace {
  func field(_ name: String, _ entities: Int, _ values: Int, width: Int) throws -> FeatureField {
    FeatureField(
      name: name, vocabulary: try Vocabulary((0..<values).map { "\(name)-\($0)" }),
      offsets: (0...entities).map { Int32($0 * width) },
      values: (0..<entities * width).map { Int32($0 * 5 % values) })
  }
  return InteractionSpace(
    userCount: 40, itemCount: 60, userFields: [try field("age", 40, 5, width: 1)],
    itemFields: [try field("genre", 60, 7, width: 2)])
}

private let configurations: [ModelConfiguration] = [
  .popularity(.init()), .mf(.init(factors: 16)), .fm(.init(factors: 16)), .gmf(.init(factors: 16)),
  .mlp(.init(factors: 16)), .neuMF(.init()), .dnn(.init(dimension: 16, dropout: 0)), .twoTower(.init(dimension: 16)),
  .twoTower(.init(dimension: 16, hidden: [24, 12], normalise: true, temperature: 0.2)),
  .sequence(.init(dimension: 12, hidden: 16, maximumLength: 6)),
]

private func model(_ configuration: ModelConfiguration, sparse: Bool, _ device: Device) throws -> any Recommender {
  let space = try toySpace()
  let generator = try Generator(seed: 21)
  let model = try configuration.make(space: space, sparse: sparse, generator: generator)
  try noGrad {
    for parameter in model.parameters() { try parameter.normal_(mean: 0, std: 0.3, generator: generator) }
  }
  let log = Interactions(
    users: (0..<200).map { Int32($0 % 40) }, items: (0..<200).map { Int32($0 * 7 % 60) }, ratings: [], timestamps: [])
  if let counting = model as? any CountingRecommender { try counting.fit(log) }
  if let next = model as? any NextItemRecommender { next.histories = try UserHistories(log, userCount: 40) }
  try model.to(device: device)
  return model
}

private func batch(_ device: Device) throws -> Batch {
  let rows = 0..<128
  return try Batch(
    users: Tensor(rows.map { $0 * 3 % 40 }), items: Tensor(rows.map { $0 * 11 % 60 }),
    labels: Tensor(rows.map { Float($0 % 3 == 0 ? 1 : 0) }),
    negatives: Tensor(rows.flatMap { [$0 * 13 % 60, $0 * 17 % 60] }, shape: [128, 2])
  ).to(device: device)
}

private func forward(_ configuration: ModelConfiguration) -> Check {
  Check("model \(configuration.name): scores") { bench in
    func run(_ device: Device) throws -> [Tensor] {
      let model = try model(configuration, sparse: false, device)
      model.eval()
      let batch = try batch(device)
      let users = try Tensor([0, 39, 7, 7]).to(device: device)
      var found = [
        try model.logits(batch), try model.negativeLogits(batch), try model.scoreAllItems(users: users),
      ]
      if let dots = model as? any DotProductRecommender {
        found += [try dots.userVectors(users), try dots.itemVectors(), try dots.inBatchLogits(batch)]
      }
      return found
    }
    for (here, there) in zip(try run(.cpu), try run(bench.device)) { try bench.expectClose(here, there, "scores") }
  }
}

private func training(_ configuration: ModelConfiguration, _ objective: TrainingObjective, sparse: Bool) -> Check {
  Check("model \(configuration.name): \(objective.rawValue) training\(sparse ? ", sparse rows" : "")") { bench in
    func run(_ device: Device) throws -> (loss: Tensor, model: any Recommender) {
      let model = try model(configuration, sparse: sparse, device)
      let batch = try batch(device)
      let optimizer: any Optimizer =
        sparse
        ? try RowLazyAdam(model.namedParameters(), learningRate: 1e-3)
        : try Adam(model.namedParameters(), learningRate: 1e-3)
      func loss() throws -> Tensor {
        switch objective {
        case .pointwise: return try Loss.bceWithLogits(model.logits(batch), bench.unwrap(batch.labels, "labels"))
        case .pairwise: return try Loss.bpr(positive: model.logits(batch), negative: model.negativeLogits(batch))
        case .inBatchSoftmax:
          let dots = try bench.unwrap(model as? any DotProductRecommender, "a dot-product model")
          return try Loss.crossEntropy(dots.inBatchLogits(batch), Tensor.arange(batch.count).to(device: device))
        case .nextItem:
          let next = try bench.unwrap(model as? any NextItemRecommender, "a next-item model")
          let histories = try bench.unwrap(next.histories, "histories")
          let (rows, lengths) = try histories.batch(of: batch.users.ints(), maximumLength: next.maximumLength)
          return try Loss.crossEntropy(
            next.nextItemLogits(histories: rows.to(device: device), lengths: lengths), batch.items)
        }
      }
      for _ in 0..<3 {
        try optimizer.zeroGrad()
        try loss().backward()
        try optimizer.step()
      }
      return (try loss(), model)
    }
    let (here, there) = (try run(.cpu), try run(bench.device))
    try bench.expectClose(here.loss, there.loss, "loss after three steps")
    // Adam divides by the root of a gradient's square: where a gradient is all rounding, its step is of the learning rate's size.
    for (a, b) in zip(here.model.namedParameters(), there.model.namedParameters()) {
      let moved = try a.tensor.detach().sub(b.tensor.detach().cpu()).abs().mean().item()
      try bench.expect(moved < Bench.tolerance, "\(a.name) differs by \(moved) on average")
    }
  }
}

let modelChecks: [Check] = configurations.flatMap { configuration -> [Check] in
  let ways = TrainingObjective.allCases.filter(configuration.objectives.contains).flatMap { objective in
    [training(configuration, objective, sparse: false), training(configuration, objective, sparse: true)]
  }
  return [forward(configuration)] + ways
}
