import ArgumentParser
import Features
import Foundation
import Models
import Torch
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Measures a run's best weights on the test items.",
    discussion: "Example: swiftrec evaluate runs/neumf-ml100k --json")

  @OptionGroup var options: RunOptions

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    let directory = RunDirectory(options.run)
    try directory.requireRun()
    let device = try OpenedRun.prepare(device: options.device, threads: options.threads)
    let configuration = try directory.configuration()
    let catalogue = try directory.catalogue()
    let (dataset, split) = try configuration.data.load(seed: configuration.seed)
    guard dataset.users == catalogue.users, dataset.items == catalogue.items else {
      throw RunError(
        .mismatch, path: directory.catalogueFolder,
        received: "data set \(dataset.name) has other users or items than the run was trained on "
          + "(\(dataset.userCount) and \(dataset.itemCount), the run has \(catalogue.users.count) and \(catalogue.items.count))",
        remedy: "restore the data, or train again")
    }
    let model = try directory.model(
      configuration, space: InteractionSpace(dataset), histories: nil, device: device)
    let evaluator = try Evaluator(
      .test, of: split, space: model.space, configuration: configuration.evaluate, loss: configuration.train.loss,
      seed: configuration.seed)
    let result = try evaluator.evaluate(model)
    if json {
      print(result.json)
      return
    }
    print("\(options.run): \(result.queries) test lists, \(result.protocolLine)")
    print(Answer.table([["metric", "value"]] + result.metrics.map { [$0.name, Answer.number($0.value)] }))
    print(String(format: "%.2f s, %.0f lists/s", result.seconds, result.samplesPerSecond))
  }
}
