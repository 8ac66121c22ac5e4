import ArgumentParser
import Environment
import Foundation
import Training

/// `swiftrec env`: what this runs on, kept and compared.
struct EnvCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env", abstract: "Records what this runs on, and compares two records.",
    subcommands: [Record.self, Diff.self])

  struct Record: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "record", abstract: "Writes versions, processor, GPUs, limits and variables as JSON.",
      discussion: """
        Example: swiftrec env record --out laptop.json
        Every run directory holds such a record, environment.json.
        """)

    @Option(help: "The file; standard output by default.")
    var out: String?

    func run() throws {
      let record = EnvironmentRecord.gather()
      guard let out else {
        print(try record.json(), terminator: "")
        return
      }
      try record.write(to: out)
      Answer.note("\(out): SwiftRec \(record.swiftrec.version) on PyTorch \(record.torch.build), \(record.cpu.model)")
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff", abstract: "Says what differs between two environments, and what of it can change numbers.",
      discussion: """
        Examples: swiftrec env diff runs/monday runs/tuesday
                  swiftrec env diff runs/monday
        Ends with code 0 when nothing differs and 1 when something does.
        """)

    @Argument(help: "A run directory, or a file of `swiftrec env record`.")
    var first: String

    @Argument(help: "The same; what is running here by default.")
    var second: String?

    @Flag(help: "Prints one JSON object.")
    var json = false

    func run() throws {
      let old = try EnvironmentRecord.load(from: first)
      let new = try second.map(EnvironmentRecord.load) ?? .gather()
      let differences = EnvironmentDifference.between(old, new)
      print(json ? answer(differences).description : table(differences))
      if !differences.isEmpty { throw ExitCode(1) }
    }

    private var names: (String, String) { (first, second ?? "here") }

    private func table(_ differences: [EnvironmentDifference]) -> String {
      guard !differences.isEmpty else { return "\(names.0) and \(names.1) are the same environment" }
      let rows = differences.map { [$0.name, $0.first, $0.second, Self.change($0.effect), $0.why] }
      let count = differences.count { $0.effect == .numbers }
      let verdict =
        count == 0
        ? "none of these changes numbers"
        : "\(count) of \(differences.count) can change numbers: the same seed need not give the same bits"
      return Answer.table([["", names.0, names.1, "changes", "why"]] + rows) + "\n\(verdict)"
    }

    private static func change(_ effect: EnvironmentEffect) -> String {
      effect == .nothing ? "-" : effect.rawValue
    }

    private func answer(_ differences: [EnvironmentDifference]) -> JSONText {
      .object([
        ("first", .text(names.0)), ("second", .text(names.1)), ("same", .boolean(differences.isEmpty)),
        ("can_change_numbers", .boolean(differences.contains { $0.effect == .numbers })),
        (
          "differences",
          .list(
            differences.map {
              .object([
                ("name", .text($0.name)), ("first", .text($0.first)), ("second", .text($0.second)),
                ("changes", .text($0.effect.rawValue)), ("why", .text($0.why)),
              ])
            })
        ),
      ])
    }
  }
}
