import ArgumentParser
import Features
import Foundation
import Models
import Torch
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a run's best weights on the test items or rows.",
    discussion: """
      Example: swiftrec evaluate runs/neumf-ml100k --json
      A ranker's run gives AUC, LogLoss, NE, calibration, RMSE, MAE and CTR of the test rows, and GAUC where they have groups.
      """)

  @OptionGroup var options: RunOptions

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    let directory = RunDirectory(options.run)
    let device = try OpenedRun.prepare(options)
    let result: EvaluationResult
    switch try directory.runConfiguration() {
    case .recommender(let configuration): result = try directory.evaluate(configuration, device: device)
    case .ranker(let configuration): result = try RankingData.evaluate(configuration, directory, device)
    }
    if json {
      print(result.json)
      return
    }
    print("\(options.run): \(result.queries) test \(result.unit), \(result.protocolLine)")
    print(Answer.table([["metric", "value"]] + result.metrics.map { [$0.name, Answer.number($0.value)] }))
    let pace = String(format: "%.2f s, %.0f", result.seconds, result.samplesPerSecond)
    print("\(pace) \(result.unit)/s")
  }
}
