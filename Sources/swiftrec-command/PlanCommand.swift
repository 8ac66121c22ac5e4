import ArgumentParser
import Environment
import Foundation
import Sharding
import Sparse
import Torch
import Training

/// `swiftrec plan`: memory said before it is taken, and tables divided over ranks before these run.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Says what memory a configuration's tables will take; divides them over many processes.",
    discussion: """
      Example: swiftrec plan configs/dlrm-criteo-kaggle.yaml --set embeddings.dim=64 --set embeddings.data_type=bf16
      Rows, bytes and optimiser state by table, and what is free here; takes none of it. Ends with code 5 and the \
      arithmetic when the tables can't fit.

      Example: swiftrec plan configs/mlperf-dlrm-dcnv2.yaml --world-size 64 --hosts 8 --hbm 80GiB --ddr 1TiB
      With --world-size: which rank gets which part of which table, with memory and milliseconds by rank. Nothing of \
      those machines has to be here. The file's `planner` section holds constraints and the rest.
      """)

  @Argument(help: "A YAML file: a run's configuration, or embedding tables.")
  var config: String

  @Option(help: "Overrides one key, as in train.optimizer.name=sgd; may be given often.")
  var set: [String] = []

  @Flag(help: "Prints one JSON object.")
  var json = false

  @OptionGroup(title: "Many processes")
  var world: WorldOptions

  func run() throws {
    let configuration = try PlanConfiguration.load(config, overrides: set)
    if let planner = try world.planner(config, overrides: set) {
      try shard(configuration, planner)
    } else {
      try count(configuration)
    }
  }

  private func count(_ configuration: PlanConfiguration) throws {
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

  private func shard(_ configuration: PlanConfiguration, _ planner: PlannerConfiguration) throws {
    let planned = try configuration.shard(planner, mainMemory: MemoryFacts.gather().available)
    if let out = world.out { try PlanFile(planned).write(to: out) }
    print(json ? planned.json.description : "\(configuration.title)\n\(planned)")
    if let out = world.out { Answer.note("plan: \(out)") }
  }
}
