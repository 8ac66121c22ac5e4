import Features
import Models
import Sparse
import Testing
import TestSupport
import Torch
import TorchNN

/// The toy space of `rankers.py`, and one small ranker of each kind in it.
struct RankerCase: CustomTestStringConvertible, Sendable {
  /// As in the reference file.
  let name: String
  let configuration: RankerConfiguration

  var testDescription: String { name }

  static let all: [RankerCase] = [
    RankerCase("lr", .lr(.init())),
    RankerCase("fm", .fm(.init(dimension: 4))),
    RankerCase("deepfm", .deepFM(.init(dimension: 4, hidden: [8, 6]))),
    RankerCase("wide-deep", .wideDeep(.init(dimension: 4, hidden: [8, 6]))),
    RankerCase("dlrm", .dlrm(.init(dimension: 4, bottom: [6], top: [8]))),
    RankerCase("dcn-v2", .dcnV2(.init(dimension: 4, layers: 2, hidden: [8, 6]))),
    RankerCase(
      "dcn-v2 parallel", .dcnV2(.init(dimension: 4, layers: 2, rank: 3, structure: .parallel, hidden: [8, 6]))),
    RankerCase("xdeepfm", .xDeepFM(.init(dimension: 4, cin: [5, 3], hidden: [8]))),
    RankerCase("autoint", .autoInt(.init(dimension: 4, layers: 2, heads: 2, headDimension: 3))),
    RankerCase("autoint plus", .autoInt(.init(dimension: 4, layers: 2, heads: 2, headDimension: 3, hidden: [8]))),
    RankerCase("finalmlp", .finalMLP(.init(dimension: 4, hidden1: [8, 6], hidden2: [4], heads: 2, gate: 5))),
    RankerCase("finalmlp ungated", .finalMLP(.init(dimension: 4, hidden1: [8, 6], hidden2: [4], heads: 2, gate: 0))),
    RankerCase("mmoe", .mmoe(.init(dimension: 4, experts: 3, expertHidden: [8, 5], towerHidden: [4]))),
    RankerCase(
      "mmoe sparse",
      .mmoe(.init(dimension: 4, experts: 3, expertHidden: [8, 5], towerHidden: [4], topK: 2, balance: 0.5))),
    RankerCase(
      "ple", .ple(.init(dimension: 4, experts: 2, sharedExperts: 1, expertHidden: [8, 5], towerHidden: [4]))),
  ]

  init(_ name: String, _ configuration: RankerConfiguration) {
    self.name = name
    self.configuration = configuration
  }

  var space: FeatureSpace {
    FeatureSpace(
      dense: ["age", "price", "hour"],
      categorical: [
        .init("user", rows: 7), .init("item", rows: 5), .init("tags", rows: 9, kind: .bag, isWeighted: true),
        .init("history", rows: 6, kind: .sequence),
      ], vectors: [.init("text", width: 5)], labels: configuration.takesSeveralGoals ? ["click", "buy"] : ["click"])
  }

  /// A fresh ranker. Its weights are spread wider than by default, so that no logit is too small to tell apart.
  func make(seed: UInt64 = 3, optimizer: EmbeddingOptimizer? = nil, spread: Bool = true) throws -> any Ranker {
    let generator = try Generator(seed: seed)
    let model = try configuration.make(
      space: space, tables: RankerTables(optimizer: optimizer), generator: generator)
    if spread {
      try noGrad {
        for (_, tensor) in model.namedParameters() + model.namedBuffers() {
          try tensor.normal_(mean: 0, std: 0.5, generator: generator)
        }
      }
    }
    return model
  }

  /// The twelve rows of the reference file.
  func batch(_ golden: Golden) throws -> FeatureBatch {
    let labels = try golden["batch/labels"]
    return FeatureBatch(
      dense: try golden["batch/dense"],
      sparse: try KeyedJaggedTensor(
        keys: space.categorical.map(\.name), values: golden["batch/ids"], lengths: golden["batch/lengths"],
        weights: golden["batch/weights"]),
      vectors: ["text": try golden["batch/text"]],
      labels: try labels.narrow(dim: 1, start: 0, length: space.labels.count).contiguous())
  }

  /// The loss that is trained on: cross entropy and what the model adds.
  static func loss(_ model: any Ranker, _ batch: FeatureBatch) throws -> Tensor {
    let output = try model.predict(batch)
    let loss = try Loss.bceWithLogits(output.logits, batch.labels)
    return try output.auxiliaryLoss.map { try loss.add($0) } ?? loss
  }
}
