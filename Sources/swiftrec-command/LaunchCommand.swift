import ArgumentParser
import Environment
import Foundation
import Training

/// `swiftrec launch`: `train` on several processes, by torchrun.
struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch", abstract: "Trains on several processes: the short form of torchrun.",
    discussion: """
      Example: swiftrec launch -n 2 configs/dlrm-criteo.yaml --set train.epochs=1
      On two hosts, the same line on both: swiftrec launch -n 8 --hosts 2 --meet 10.0.0.1:29400 configs/dlrm-criteo.yaml
      What it does not know itself goes to `swiftrec train`. The process becomes torchrun, which starts the ranks, and \
      starts all of them again when one fails; each then goes on from the last checkpoint.
      """)

  @Option(name: [.customShort("n"), .long], help: "Processes on this host.")
  var ranks = 1

  @Option(help: "How many hosts: 2, or 1:4 for a run that grows and shrinks.")
  var hosts = "1"

  @Option(help: "Where hosts meet: the first host's address and a free port, as in 10.0.0.1:29400.")
  var meet: String?

  @Option(help: "With 1:4: seconds to wait for more hosts, once there are enough.")
  var wait = 30

  @Option(help: "How often all ranks are started again after a failure.")
  var restarts = 3

  @Flag(help: "Prints the line of torchrun, and does nothing.")
  var dryRun = false

  @Argument(
    parsing: .allUnrecognized, help: "What `swiftrec train` takes: a configuration and its options."
  )
  var training: [String]

  func validate() throws {
    guard (1...1024).contains(ranks) else {
      throw ValidationError("-n \(ranks): use 1 to 1024 processes a host")
    }
    guard (0...1_000_000).contains(restarts) else {
      throw ValidationError("--restarts \(restarts): use 0 or more")
    }
    guard (0...86_400).contains(wait) else {
      throw ValidationError("--wait \(wait): use 0 to 86400 seconds")
    }
    let counts = hosts.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...2).contains(counts.count), counts.allSatisfy({ (1...100_000).contains($0) }),
      counts == counts.sorted()
    else {
      throw ValidationError(
        "--hosts \(hosts): use a number such as 2, or the fewest and the most as in 1:4")
    }
    guard (hosts == "1") == (meet == nil) else {
      throw ValidationError(
        meet == nil
          ? "--hosts \(hosts) needs --meet: the first host's address and a free port, as in --meet 10.0.0.1:29400"
          : "--meet is for several hosts; say how many with --hosts 2")
    }
  }

  func run() throws {
    // Faults of usage and of the file are told once, here, and not by every rank.
    let train = try TrainCommand.parse(training)
    _ = try RunConfiguration.load(train.config, overrides: train.set)
    let own = PeerCommand.ownProgram(["train"])
    let torchrun = try Torchrun.find()
    let words = try torchrun.arguments(
      ranks: ranks, meeting: meet.map { Torchrun.Meeting(hosts: hosts, endpoint: $0, wait: wait) },
      restarts: restarts,
      command: [own.executable] + own.arguments + training)
    // torchrun itself would give each rank one thread.
    var variables = ["OMP_NUM_THREADS": "\(max(1, ResourceShare.taken.threads / ranks))"]
    if hosts.contains(":") {
      // An agent that stays rank 0 tells a host that comes later nothing of its store, and the newcomer waits for ever
      // (dynamic_rendezvous.py, next_rendezvous). With this the first worker serves a store, anew each time.
      variables["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"
    }
    if dryRun {
      let shown = variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      print((shown + [torchrun.path] + words).map(Answer.quoted).joined(separator: " "))
      return
    }
    try torchrun.become(words, environment: variables)
  }
}
