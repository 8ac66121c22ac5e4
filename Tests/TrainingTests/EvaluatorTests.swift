import Features
import Foundation
import Models
import Testing
import Torch
import TorchNN
import Training

/// Scores that are known: item `i` gets `-((i + user) mod items)`, so the best item of user `u` is `items - u`.
private final class Known: Module, Recommender {
  static let modelName = "known"
  static let objectives: Set<TrainingObjective> = [.pointwise]
  let space: InteractionSpace

  init(_ space: InteractionSpace) {
    self.space = space
    super.init(Members())
  }

  func value(_ user: Int, _ item: Int) -> Float { -Float((item + user) % space.itemCount) }

  func pairScores(users: Tensor, items: Tensor) throws -> Tensor {
    try Tensor(zip(users.ints(), items.ints()).map { value($0, $1) })
  }

  func scoreAllItems(users: Tensor) throws -> Tensor {
    let ids = try users.ints()
    return try Tensor(
      ids.flatMap { user in (0..<space.itemCount).map { value(user, $0) } }, shape: [ids.count, space.itemCount])
  }
}

@Suite struct EvaluatorTests {
  @Test(arguments: [Evaluator.Part.test, .validation])
  func fullRankingMatchesAPlainCount(part: Evaluator.Part) throws {
    let dataset = try Toy.dataset()
    let split = try Toy.split(dataset)
    let model = Known(InteractionSpace(dataset))
    let evaluator = try Evaluator(
      part, of: split, space: model.space, configuration: EvaluateConfiguration(cutoffs: [5, 10], block: 7),
      loss: .bce(negatives: 1), seed: 1)
    let result = try evaluator.evaluate(model)

    let rows = part == .test ? split.test : split.validation
    var masked = Set(zip(split.train.users, split.train.items).map { [$0, $1] })
    if part == .test { masked.formUnion(zip(split.validation.users, split.validation.items).map { [$0, $1] }) }
    var hits = 0.0
    var gain = 0.0
    for (user, item) in zip(rows.users, rows.items) {
      let own = model.value(Int(user), Int(item))
      let above = (0..<dataset.itemCount).filter {
        model.value(Int(user), $0) > own && !masked.contains([user, Int32($0)])
      }.count
      if above < 10 {
        hits += 1
        gain += 1 / log2(Double(above) + 2)
      }
    }
    #expect(abs((result["hr@10"] ?? -1) - hits / Double(rows.count)) < 1e-12)
    #expect(abs((result["ndcg@10"] ?? -1) - gain / Double(rows.count)) < 1e-9)
    #expect(result.queries == rows.count)
    #expect(result["logloss"] != nil)
  }

  @Test func givenCandidatesAreRankedAsTheyStand() throws {
    let dataset = try Toy.dataset()
    var split = try Toy.split(dataset)
    // The held-out item against three others, some of which the user has seen.
    let lists = split.test.items.flatMap { item in
      [item] + (1...3).map { (item + Int32($0)) % Int32(dataset.itemCount) }
    }
    split.candidates = CandidateLists(width: 4, items: lists)
    let model = Known(InteractionSpace(dataset))
    let evaluator = try Evaluator(
      .test, of: split, space: model.space, configuration: EvaluateConfiguration(.given, cutoffs: [1]),
      loss: .bce(negatives: 1), seed: 1)
    let result = try evaluator.evaluate(model)
    let hits = zip(split.test.users, split.test.items).filter { user, item in
      (1...3).allSatisfy {
        model.value(Int(user), (Int(item) + $0) % dataset.itemCount) < model.value(Int(user), Int(item))
      }
    }.count
    #expect(result["hr@1"] == Double(hits) / Double(split.test.count))
    #expect(result["coverage@1"] == nil)
  }

  @Test func missingListsAndEmptyPartsAreErrors() throws {
    let dataset = try Toy.dataset()
    let split = try Toy.split(dataset)
    let space = InteractionSpace(dataset)
    #expect(throws: DataError.self) {
      try Evaluator(
        .test, of: split, space: space, configuration: EvaluateConfiguration(.given), loss: .bce(negatives: 1), seed: 1)
    }
    var empty = split
    empty.validation = Interactions()
    #expect(throws: DataError.self) {
      try Evaluator(
        .validation, of: empty, space: space, configuration: EvaluateConfiguration(), loss: .bce(negatives: 1), seed: 1)
    }
  }
}
