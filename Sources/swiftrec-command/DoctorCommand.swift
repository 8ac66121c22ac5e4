import ArgumentParser
import Environment
import TorchDistributed

/// `swiftrec doctor`: the environment answers for itself.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show and test the environment: PyTorch, CPU, GPUs, limits.",
    discussion: """
      First what the machine and its software say about themselves, then checks of what they do: matrix products \
      against a float64 reference on each device and in each precision, an all-reduce between two processes, autograd, \
      autocast, files. Ends with code 5 and the remedy when something is broken.
      """)

  @Flag(help: "Answer with one JSON object.")
  var json = false

  @Flag(help: "Only the check that every training begins with, in a line: milliseconds, for health checks.")
  var quick = false

  @Flag(help: "Also measure TFLOP/s by precision, and LayerNorm, copy and row-lookup GB/s.")
  var bench = false

  /// Started by the doctor itself, twice.
  @Option(help: .hidden)
  var allReducePeer: String?

  func validate() throws {
    if quick && (bench || json) {
      throw ValidationError("--quick prints one line; leave \(bench ? "--bench" : "--json") out, or --quick")
    }
    guard let allReducePeer, DistributedOptions.backends.allSatisfy({ $0.rawValue != allReducePeer }) else { return }
    throw ValidationError(
      "--all-reduce-peer \"\(allReducePeer)\" is unknown; use \(DistributedOptions.backends.map(\.rawValue).joined(separator: " or "))"
    )
  }

  func run() throws {
    if let backend = allReducePeer.flatMap(Backend.init(rawValue:)) {
      try AllReducePeer.run(backend: backend)
      return
    }
    if quick {
      print(try QuickCheck.run().summary)
      return
    }
    let doctor = Doctor.standard(peer: .ownProgram(["doctor", "--all-reduce-peer"]))
    func told(_ report: EnvironmentReport) throws -> String { json ? try report.json() : report.table() }
    let report = try doctor.examine(benchmark: bench, lastWords: told)
    print(try told(report))
    if report.exitCode != 0 { throw ExitCode(report.exitCode) }
  }
}
