import Features
import Models
import Testing
import Torch
import TorchNN

/// The toy space of `models_recommenders.py`, and one small model of each kind in it.
struct ModelCase: CustomTestStringConvertible {
  static let userCount = 7
  static let itemCount = 11

  let configuration: ModelConfiguration

  var testDescription: String { configuration.name }

  static let all: [ModelCase] = [ModelCase(configuration: .popularity(.init()))] + trained

  static let trained: [ModelCase] = [
    .mf(.init(factors: 6)), .fm(.init(factors: 6)), .gmf(.init(factors: 6)), .mlp(.init(factors: 6, hidden: [8, 4])),
    .neuMF(.init(factors: 5, mlpFactors: 6, hidden: [8, 4])), .dnn(.init(dimension: 6, hidden: [8, 4])),
    .twoTower(.init(dimension: 6, hidden: [8, 5], normalise: true)),
    .sequence(.init(dimension: 6, hidden: 5, maximumLength: 4)),
  ].map(ModelCase.init)

  static func space() throws -> InteractionSpace {
    let userField = try field("gender", values: 3, rows: (0..<userCount).map { [$0 % 3] })
    let itemField = try field(
      "genre", values: 5,
      rows: (0..<itemCount).map { item in
        item % 2 == 0
          ? [item % 5] : Array([item % 5, (item + 2) % 5, (item + 3) % 5].prefix(2 + item % 3 / 2))
      })
    return InteractionSpace(
      userCount: userCount, itemCount: itemCount, userFields: [userField], itemFields: [itemField])
  }

  private static func field(_ name: String, values: Int, rows: [[Int]]) throws -> FeatureField {
    var offsets: [Int32] = [0]
    for row in rows { offsets.append((offsets.last ?? 0) + Int32(row.count)) }
    let vocabulary = try Vocabulary((0..<values).map { "\(name)-\($0)" })
    return FeatureField(
      name: name, vocabulary: vocabulary, offsets: offsets, values: rows.flatMap { $0.map(Int32.init) })
  }

  static func histories() -> UserHistories {
    let rows: [[Int32]] = [[1, 4, 2], [3], [0, 5, 6, 7, 8], [10, 9], [2, 2, 1, 0], [7, 3, 5], [6]]
    var offsets = [0]
    for row in rows { offsets.append((offsets.last ?? 0) + row.count) }
    return UserHistories(offsets: offsets, items: rows.flatMap { $0 })
  }

  /// A fresh model. Its weights are spread wider than by default, so that no score is too small to tell apart.
  func make(seed: UInt64 = 3, sparse: Bool = false, spread: Bool = true) throws -> any Recommender {
    let generator = try Generator(seed: seed)
    let model = try configuration.make(space: Self.space(), sparse: sparse, generator: generator)
    if spread {
      try noGrad {
        for parameter in model.parameters() { try parameter.normal_(mean: 0, std: 0.5, generator: generator) }
      }
    }
    if let counting = model as? any CountingRecommender {
      try counting.fit(Interactions(users: [0, 1, 2, 3], items: [4, 4, 9, 2]))
    }
    if let next = model as? any NextItemRecommender { next.histories = Self.histories() }
    return model
  }

  /// Every pair once, with two negatives each: `B` is 77, `N` is 2.
  static func batch() throws -> Batch {
    let pairs = (0..<userCount * itemCount)
    return Batch(
      users: try Tensor(pairs.map { $0 / itemCount }), items: try Tensor(pairs.map { $0 % itemCount }),
      labels: try Tensor(pairs.map { Float($0 * 7 % 3 == 0 ? 1 : 0) }),
      negatives: try Tensor(pairs.flatMap { [($0 + 1) % itemCount, ($0 + 5) % itemCount] }, shape: [pairs.count, 2]))
  }
}
