import ArgumentParser
import Environment
import Foundation
import Sparse
import Torch
import Training

/// `swiftrec plan`: memory said before it is taken.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Says what memory a configuration's tables will take.",
    discussion: """
      Example: swiftrec plan configs/dlrm-criteo-kaggle.yaml --set embeddings.dim=64 --set embeddings.data_type=bf16
      Rows, bytes and optimiser state by table, and what is free here; takes none of it. Ends with code 5 and the \
      arithmetic when the tables can't fit.
      """)

  @Argument(help: "A YAML file: a run's configuration, or embedding tables.")
  var config: String

  @Option(help: "Overrides one key, as in train.optimizer.name=sgd; may be given often.")
  var set: [String] = []

  @Flag(help: "Prints one JSON object.")
  var json = false

  func run() throws {
    let configuration = try PlanConfiguration.load(config, overrides: set)
    let device = try TrainingJob.device(configuration.device)
    let plan = try configuration.plan()
    // Asked once, so that what is printed and what is refused agree.
    let available = MemoryFacts.gather().available
    let demands = plan.demands(device: device, available: available)
    if json {
      print(plan.json(demands, available: available))
    } else {
      print("\(configuration.title), on \(device):")
      print(plan.lines.isEmpty ? "no tables" : plan.description)
      for demand in demands where demand.needed > 0 { print(demand.description) }
    }
    try plan.requireMemory(device: device, available: available)
  }
}
