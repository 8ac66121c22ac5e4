import ArgumentParser
import Features
import Foundation
import RecommenderMetrics
import Training

/// `swiftrec ope`: what a policy would have earned, from the log of another.
struct OPECommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ope",
    abstract: "Says what a policy would have earned, from the log of another (off-policy evaluation).",
    discussion: """
      Example: swiftrec ope --behaviour bts --evaluation random --campaign all
      Estimates by IPS, SNIPS, the direct method and doubly robust on the Open Bandit logs (swiftrec datasets fetch \
      open-bandit), with confidence intervals, beside what the policy earned in its own log.
      """)

  @Option(help: "The policy whose log is read: random or bts.")
  var behaviour = OpenBanditLog.Policy.random

  @Option(help: "The policy to evaluate: random or bts.")
  var evaluation = OpenBanditLog.Policy.bts

  @Option(help: "The campaign: all, men or women.")
  var campaign = OpenBanditLog.Campaign.all

  @Option(help: "The folder of the data set, instead of where data sets are found.")
  var path: String?

  @Option(help: "Parts of the cross-fitted reward model.")
  var folds = 3

  @Option(help: "How strongly the reward model is shrunk.")
  var l2 = 1.0

  @Option(help: "Resamples of the bootstrap; 0 for intervals of a normal distribution.")
  var resamples = 1_000

  @Option(help: "The share of intervals that have the true value.")
  var level = 0.95

  @Option(help: "Of the folds and the bootstrap.")
  var seed: UInt64 = 0

  @Flag(help: "Prints one JSON object.")
  var json = false

  func validate() throws {
    guard (2...100).contains(folds) else {
      throw ValidationError("--folds: received \(folds), expected a whole number from 2 to 100; write --folds 3")
    }
    guard (0...1_000_000).contains(resamples) else {
      throw ValidationError(
        "--resamples: received \(resamples), expected a whole number from 0 to 1000000; write --resamples 1000")
    }
    guard level > 0, level < 1 else {
      throw ValidationError("--level: received \(level), expected a number between 0 and 1; write --level 0.95")
    }
    guard l2 > 0, l2.isFinite else {
      throw ValidationError("--l2: received \(l2), expected a number above 0; write --l2 1")
    }
  }

  func run() throws {
    let folder = try Datasets.openBanditFolder(path: path)
    let log = try OpenBanditReader.read(folder: folder, policy: behaviour, campaign: campaign)
    let rounds = try log.rounds()
    var random = RandomStream(seed: seed, 0x6f7065)
    let rewards = try RewardModel.crossFitted(
      context: log.context(), rounds: rounds, folds: RewardModel.folds(folds, of: rounds.count, using: &random), l2: l2)
    let question = try OffPolicyQuestion(
      rounds: rounds, policy: log.distribution(of: evaluation, folder: folder), rewards: rewards)
    let report = try OffPolicyReport(question, resamples: resamples, level: level, using: &random)
    // The policy's own log tells what the estimates should have said; a folder may lack it.
    var own: OffPolicyTerms?
    do {
      own = OffPolicyTerms(
        numerators: try OpenBanditReader.read(folder: folder, policy: evaluation, campaign: campaign).clicks)
    } catch let error as DataError where error.code == .missingFile {}
    let interval =
      resamples == 0
      ? try own?.normalInterval(level: level)
      : try own?.bootstrapInterval(resamples: resamples, level: level, using: &random)
    let answer = OPEAnswer(
      report: report, rounds: rounds, truth: own?.value, truthInterval: interval, truthRounds: own?.numerators.count)
    print(json ? answer.json(self).description : answer.text(self))
  }
}

extension OpenBanditLog.Policy: ExpressibleByArgument {}
extension OpenBanditLog.Campaign: ExpressibleByArgument {}
