import Features
import Foundation
import RecommenderMetrics
import Training

/// What `swiftrec ope` prints.
struct OPEAnswer {
  let report: OffPolicyReport
  let rounds: LoggedRounds
  /// Of the policy's own log, when it is there.
  let truth: Double?
  let truthInterval: ConfidenceInterval?
  let truthRounds: Int?

  func text(_ asked: OPECommand) -> String {
    let clicks = String(format: "%g", rounds.rewards.reduce(0, +))
    var lines = [
      "\(asked.evaluation.rawValue) evaluated from the log of \(asked.behaviour.rawValue), campaign \(asked.campaign.rawValue): "
        + "\(rounds.count) rounds, \(rounds.actionCount) items at \(rounds.positionCount) positions, \(clicks) clicks"
    ]
    var table = [["estimator", "value", "lower", "upper", "relative error"]]
    for estimate in report.estimates {
      table.append(
        row(
          estimate.name, estimate.value, estimate.bootstrap ?? estimate.normal, Self.error(estimate.value, from: truth))
      )
    }
    if let truth { table.append(row("own log", truth, truthInterval, nil)) }
    lines.append(Answer.table(table))
    lines.append(
      "weights: mean \(Answer.number(report.meanWeight)), largest \(Answer.number(report.largestWeight, digits: 1)); "
        + "as good as \(Answer.number(report.effectiveSampleSize, digits: 0)) rounds of equal weight")
    let method = asked.resamples == 0 ? "normal" : "bootstrap of \(asked.resamples) resamples, seed \(asked.seed)"
    lines.append("intervals: \(String(format: "%g", asked.level * 100)) %, \(method)")
    return lines.joined(separator: "\n")
  }

  func json(_ asked: OPECommand) -> JSONText {
    let estimates = report.estimates.map { estimate in
      JSONText.object([
        ("name", .text(estimate.name)), ("value", .number(estimate.value)),
        ("standard_error", Self.number(estimate.standardError)),
        ("normal", Self.interval(estimate.normal)), ("bootstrap", Self.interval(estimate.bootstrap)),
        ("relative_error", Self.number(Self.error(estimate.value, from: truth))),
      ])
    }
    return .object([
      ("behaviour", .text(asked.behaviour.rawValue)), ("evaluation", .text(asked.evaluation.rawValue)),
      ("campaign", .text(asked.campaign.rawValue)), ("rounds", .integer(rounds.count)),
      ("items", .integer(rounds.actionCount)), ("positions", .integer(rounds.positionCount)),
      ("mean_reward", .number(rounds.meanReward)), ("estimates", .list(estimates)),
      (
        "own_log",
        truth.map { value in
          .object([
            ("value", .number(value)), ("rounds", .integer(truthRounds ?? 0)),
            ("interval", Self.interval(truthInterval)),
          ])
        } ?? .null
      ),
      ("mean_weight", .number(report.meanWeight)), ("largest_weight", .number(report.largestWeight)),
      ("effective_sample_size", .number(report.effectiveSampleSize)), ("level", .number(asked.level)),
      ("resamples", .integer(asked.resamples)), ("folds", .integer(asked.folds)), ("l2", .number(asked.l2)),
      ("seed", .text("\(asked.seed)")),
    ])
  }

  /// How far an estimate is from the truth, as a share of it.
  private static func error(_ value: Double, from truth: Double?) -> Double? {
    guard let truth, truth > 0 else { return nil }
    return abs(value - truth) / truth
  }

  private func row(_ name: String, _ value: Double, _ interval: ConfidenceInterval?, _ error: Double?) -> [String] {
    [
      name, Answer.number(value, digits: 6), interval.map { Answer.number($0.lower, digits: 6) } ?? "",
      interval.map { Answer.number($0.upper, digits: 6) } ?? "", error.map { Answer.number($0) } ?? "",
    ]
  }

  private static func number(_ value: Double?) -> JSONText { value.map(JSONText.number) ?? .null }

  private static func interval(_ interval: ConfidenceInterval?) -> JSONText {
    interval.map { .list([.number($0.lower), .number($0.upper)]) } ?? .null
  }
}
