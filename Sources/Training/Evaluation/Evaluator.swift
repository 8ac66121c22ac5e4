import Features
import Foundation
import RecommenderMetrics
import Models
import Retrieval
import Torch
import TorchNN

/// Measures a model on one held-out part of a split.
///
/// Full ranking: each user's held-out items among all items that the user is not known to have taken. Candidate lists: the
/// held-out item among those that stand beside it. AUC compares held-out items with the candidates, in full ranking with one
/// unseen item each, drawn by seed; LogLoss is given for models trained by binary cross entropy. Squared-error models also
/// get RMSE and MAE on the held-out ratings.
public final class Evaluator {
  public enum Part: String, Sendable {
    /// The held-out training items; nothing but training is masked.
    case validation
    /// The test items; training and validation are masked.
    case test
  }

  /// Thrown out of an evaluation when `shouldStop` says so.
  public struct Interruption: Error {}

  public let part: Part
  let rows: Interactions
  let known: [Interactions]
  let space: InteractionSpace
  let configuration: EvaluateConfiguration
  let loss: TrainingLoss
  let seed: UInt64
  let popularity: [Int]
  private let given: CandidateLists?
  private var drawnLists: [Int: CandidateLists] = [:]
  private var sets: (seen: ItemSets, relevant: ItemSets, users: [Int])?
  private var histories: UserHistories?

  /// - Throws: `DataError` when the part is empty or lacks the candidate lists that the protocol asks for.
  public init(
    _ part: Part, of split: Split, space: InteractionSpace, configuration: EvaluateConfiguration, loss: TrainingLoss,
    seed: UInt64
  ) throws {
    self.part = part
    self.space = space
    self.configuration = configuration
    self.loss = loss
    self.seed = seed
    rows = part == .test ? split.test : split.validation
    known = part == .test ? [split.train, split.validation] : [split.train]
    popularity = split.train.itemCounts(itemCount: space.itemCount)
    given = part == .test ? split.candidates : nil
    guard !rows.isEmpty else {
      throw DataError(.empty, "the \(part.rawValue) part is empty", remedy: "choose another split, or more data")
    }
    if configuration.rankingProtocol == .given, part == .test, given == nil {
      throw DataError(
        .invalidArgument, "the data bring no candidate lists", received: "protocol: given",
        remedy: "write `protocol: full` or `protocol: sampled`")
    }
  }

  /// - Parameter shouldStop: asked between blocks; true ends the evaluation by throwing `Interruption`.
  public func evaluate(_ model: any Recommender, shouldStop: () -> Bool = { false }) throws -> EvaluationResult {
    let start = DispatchTime.now().uptimeNanoseconds
    if let model = model as? any NextItemRecommender { model.histories = try knownHistories() }
    var metrics: [(name: String, value: Double)] = []
    var queries = 0
    var line = ""
    try model.evaluating {
      let lists = try candidateLists()
      var report: RankingReport
      if let lists {
        let pairs = try rankCandidates(model, lists, shouldStop)
        report = pairs.report
        metrics = report.values + pairs.metrics
        line =
          "each held-out item among \(lists.width - 1) \(given == nil ? "unseen items drawn by seed" : "given candidates")"
      } else {
        report = try rankAll(model, shouldStop)
        metrics = report.values
        if let drawn = try oneNegativeEach() {
          metrics += try rankCandidates(model, drawn, shouldStop).metrics
        }
        line = "full ranking of \(space.itemCount) items, seen items masked"
      }
      queries = report.queryCount
      if loss == .mse { metrics += try ratingErrors(model) }
    }
    return EvaluationResult(
      metrics: metrics, seconds: Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9, queries: queries,
      protocolLine: line)
  }

  // MARK: What is ranked

  private func candidateLists() throws -> CandidateLists? {
    switch configuration.rankingProtocol {
    case .full: nil
    case .given: try given ?? lists(negatives: 99)
    case .sampled(let negatives): try lists(negatives: negatives)
    }
  }

  private func lists(negatives: Int) throws -> CandidateLists {
    if let found = drawnLists[negatives] { return found }
    let seen = try SeenItems(known + [rows], userCount: space.userCount, itemCount: space.itemCount)
    let drawn = try CandidateLists.drawn(for: rows, negatives: negatives, seen: seen, seed: seed)
    drawnLists[negatives] = drawn
    return drawn
  }

  /// One unseen item for each held-out one; nil where some user has taken everything.
  private func oneNegativeEach() throws -> CandidateLists? {
    do {
      return try lists(negatives: 1)
    } catch let error as DataError where error.code == .noNegativeLeft {
      return nil
    }
  }

  func knownHistories() throws -> UserHistories {
    if let histories { return histories }
    let made = try UserHistories(Interactions(joining: known), userCount: space.userCount)
    histories = made
    return made
  }

  func rankingSets() throws -> (seen: ItemSets, relevant: ItemSets, users: [Int]) {
    if let sets { return sets }
    func itemSets(_ logs: [Interactions]) throws -> ItemSets {
      let seen = try SeenItems(logs, userCount: space.userCount, itemCount: space.itemCount, bitLimit: 0)
      return try ItemSets(offsets: seen.offsets.map(Int64.init), ids: seen.items)
    }
    let relevant = try itemSets([rows])
    let users = (0..<space.userCount).filter { !relevant[$0].isEmpty }
    let made = (try itemSets(known), relevant, users)
    sets = made
    return made
  }
}

extension Interactions {
  /// Several logs one after the other; ratings and times stay only where all of them have some.
  init(joining logs: [Interactions]) {
    let filled = logs.filter { !$0.isEmpty }
    let hasRatings = filled.allSatisfy(\.hasRatings)
    let hasTimestamps = filled.allSatisfy(\.hasTimestamps)
    self.init(
      users: filled.flatMap(\.users), items: filled.flatMap(\.items),
      ratings: hasRatings ? filled.flatMap(\.ratings) : [],
      timestamps: hasTimestamps ? filled.flatMap(\.timestamps) : [])
  }
}
