import ArgumentParser
import Environment
import Foundation
import Sharding
import Torch
import TorchDistributed
import Training

/// `swiftrec bench`: what this installation can do on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the machine's links.", subcommands: [Collectives.self]
  )

  struct Collectives: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "collectives",
      abstract: "Bus bandwidth of the collectives, as a share of the raw link.",
      discussion: """
        Example: swiftrec bench collectives --sizes 64KiB,16MiB
        Starts its ranks with torchrun; under torchrun it is one of them, on as many hosts as there are. Bus bandwidth is \
        what each rank has to send per second at least; beside it stands what each sent over plain TCP (gloo), or copied \
        to the next GPU (nccl), in turns between the same processes.
        """)

    @Option(help: "Processes, where torchrun has not started this one.")
    var ranks = 2

    @Option(help: "gloo or nccl.")
    var backend = "gloo"

    @Option(help: "Sizes of the whole, with B, KiB, MiB or GiB.")
    var sizes = "4KiB,64KiB,1MiB,16MiB"

    @Option(help: "all-reduce, all-gather, reduce-scatter, all-to-all; all by default.")
    var operations: String?

    @Option(help: "How often link and operations take turns; the median counts.")
    var rounds = 7

    @Option(help: "The network interface; what the host name means by default.")
    var interface: String?

    @Option(help: "The limit of each collective, and of waiting for the ranks, in seconds.")
    var timeout = 60.0

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let benchmark = try benchmark()
      let options = try linkOptions()
      guard let launch = try LaunchEnvironment.read() else {
        // torchrun gives each rank one thread, as a training on all of them would.
        let own = PeerCommand.ownProgram(Array(CommandLine.arguments.dropFirst()))
        let torchrun = try Torchrun.find()
        let words = try torchrun.arguments(ranks: ranks, command: [own.executable] + own.arguments)
        try torchrun.become(words, environment: ["OMP_NUM_THREADS": "1"])
      }
      let isFirst = launch.rank == 0
      let group = try options.connect(launch) { if isFirst { Answer.note($0) } }
      let device: Device = options.backend == .nccl ? .cuda(launch.localRank) : .cpu
      let figures = try benchmark.run(group, device: device)
      if isFirst { print(json ? try answer(figures, group) : table(figures, group)) }
    }

    private func benchmark() throws -> CollectiveBenchmark {
      try Answer.require(ranks, "--ranks")
      try Answer.require(rounds, "--rounds")
      var benchmark = CollectiveBenchmark()
      benchmark.rounds = rounds
      benchmark.sizes = try sizes.split(separator: ",").map { word in
        guard let bytes = ByteSize.parse(String(word)), (1...(1 << 34)).contains(bytes) else {
          throw CommandError(
            "--sizes: received \(word), expected sizes up to 16GiB; write --sizes 64KiB,16MiB")
        }
        return bytes
      }
      if let operations {
        benchmark.operations = try operations.split(separator: ",").map { word in
          guard let found = CollectiveBenchmark.Operation(rawValue: String(word)) else {
            let all = CollectiveBenchmark.Operation.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandError(
              "--operations: received \(word), expected some of \(all); write --operations all-reduce"
            )
          }
          return found
        }
      }
      return benchmark
    }

    private static let units: [(name: Substring, bytes: Int)] = [
      ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    private static func text(_ bytes: Int) -> String {
      let unit = units.first { bytes >= $0.bytes && bytes % $0.bytes == 0 } ?? ("B", 1)
      return "\(bytes / unit.bytes)\(unit.name)"
    }

    private func linkOptions() throws -> DistributedOptions {
      guard let backend = DistributedOptions.backends.first(where: { $0.rawValue == backend })
      else {
        throw CommandError(
          "--backend: received \(backend), expected gloo or nccl; write --backend gloo")
      }
      let options = DistributedOptions(
        backend: backend, interface: interface, timeout: timeout, connectTimeout: timeout)
      try options.validate()
      return options
    }

    private func place(_ group: ProcessGroup) -> String {
      let hosts = group.ranksByHost.count
      return
        "\(group.backend.rawValue), \(group.size) processes on \(hosts == 1 ? "one host" : "\(hosts) hosts")"
    }

    private func table(_ figures: [CollectiveBenchmark.Figure], _ group: ProcessGroup) -> String {
      let rows = figures.map { figure in
        [
          Self.text(figure.bytes), figure.operation.rawValue,
          Answer.number(figure.seconds * 1e6, digits: 0),
          Answer.number(figure.busBandwidth / 1e9, digits: 3),
          Answer.number(figure.linkBandwidth / 1e9, digits: 3),
          Answer.number(figure.share * 100, digits: 0),
        ]
      }
      return "\(place(group)):\n"
        + Answer.table([["size", "operation", "us", "bus GB/s", "link GB/s", "% of link"]] + rows)
    }

    private func answer(_ figures: [CollectiveBenchmark.Figure], _ group: ProcessGroup) throws
      -> String
    {
      JSONText.object([
        ("backend", .text(group.backend.rawValue)), ("ranks", .integer(group.size)),
        ("hosts", .integer(group.ranksByHost.count)),
        (
          "figures",
          .list(
            figures.map {
              .object([
                ("operation", .text($0.operation.rawValue)), ("bytes", .integer($0.bytes)),
                ("seconds", .number($0.seconds)), ("bus_bandwidth", .number($0.busBandwidth)),
                ("link_bandwidth", .number($0.linkBandwidth)), ("share", .number($0.share)),
              ])
            })
        ),
      ]).description
    }
  }
}
