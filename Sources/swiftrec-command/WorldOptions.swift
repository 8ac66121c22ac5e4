import ArgumentParser
import Training

/// The machines that a plan is for.
struct WorldOptions: ParsableArguments {
  @Option(help: "Processes, one a GPU.")
  var worldSize: String?

  @Option(help: "Hosts that they stand on, evenly; 1 by default.")
  var hosts: String?

  @Option(help: "Memory of a GPU, as in 80GiB; none plans for CPUs.")
  var hbm: String?

  @Option(help: "Main memory of a host, as in 1TiB; what is free here by default.")
  var ddr: String?

  @Option(help: "A YAML file with ranks, hosts, hbm, ddr, bandwidth and costs, in place of the configuration's.")
  var topology: String?

  @Option(help: "Samples a step, over all processes; the run's batch, or 512 a process, by default.")
  var batch: String?

  @Option(help: "Who searches: greedy, dynamic-programming or all.")
  var proposer: String?

  @Option(help: "Writes the plan to this file, as JSON.")
  var out: String?

  /// - Returns: nil where neither options nor files say how many processes there are.
  func planner(_ config: String, overrides: [String]) throws -> PlannerConfiguration? {
    let machines = [
      ("ranks", "--world-size", worldSize), ("hosts", "--hosts", hosts), ("hbm", "--hbm", hbm), ("ddr", "--ddr", ddr),
    ].compactMap { key, option, value in value.map { (key: key, value: $0, place: "\(option) \($0)") } }
    let others = [("batch", "--batch", batch), ("proposer", "--proposer", proposer)]
      .compactMap { key, option, value in value.map { (text: "planner.\(key)=\($0)", place: "\(option) \($0)") } }
    let inFile = machines.map { (text: "planner.topology.\($0.key)=\($0.value)", place: $0.place) }
    var planner = try PlannerConfiguration.load(
      config, overrides: overrides, options: others + (topology == nil ? inFile : []))
    if let topology {
      planner.topology = try TopologyConfiguration.load(
        topology, options: machines.map { (text: "\($0.key)=\($0.value)", place: $0.place) })
    }
    guard planner.topology.ranks == nil else { return planner }
    let given =
      machines.map(\.place) + others.map(\.place) + (topology.map { ["--topology \($0)"] } ?? [])
      + (out.map { ["--out \($0)"] } ?? [])
    guard let first = given.first else { return nil }
    throw CommandError("\(first): plans for many processes and --world-size is not there; add --world-size 8")
  }
}
