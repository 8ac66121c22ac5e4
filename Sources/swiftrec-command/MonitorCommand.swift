import ArgumentParser
import Environment
import Foundation
import Torch
import Training

struct MonitorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "monitor", abstract: "Writes figures of this machine for Prometheus.", subcommands: [GPUs.self])

  struct GPUs: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "gpus", abstract: "Writes what the driver says of the GPUs, under DCGM's names.",
      discussion: """
        Example: swiftrec monitor gpus /var/lib/prometheus/node-exporter/gpus.prom --every 15
        The node exporter's textfile collector reads the file, which is replaced whole. Without a file the figures are printed.
        """)

    @Argument(help: "A file whose name ends with .prom.")
    var file: String?

    @Option(help: "Writes it again after so many seconds, until it is stopped; once by default.")
    var every: Double?

    func run() throws {
      guard every.map({ $0 >= 0.1 && $0 <= 3600 }) ?? true else {
        throw CommandError("--every: received \(every ?? 0), expected seconds from 0.1 to 3600; write --every 15")
      }
      guard let file else {
        guard every == nil else {
          throw CommandError("--every: received without a file; name one that ends with .prom")
        }
        print(try Self.text(), terminator: "")
        return
      }
      guard file.hasSuffix(".prom") else {
        throw CommandError("\(file): received a name that the node exporter does not read; end it with .prom")
      }
      SignalWatcher.install()
      repeat {
        try AtomicFile.write(try Self.text(), to: file)
        let end = Date().addingTimeInterval(every ?? 0)
        while Date() < end {
          if SignalWatcher.pending != nil { return }
          usleep(50_000)
        }
      } while every != nil
    }

    static func text() throws -> String {
      let gpus = try GPUFigures.gather()
      var text = MetricsText()
      for name in gpus.first?.values.map(\.name) ?? [] {
        let values = gpus.compactMap { gpu in
          gpu.values.first { $0.name == name }.map { value in
            (
              labels: [
                ("gpu", "\(gpu.index)"), ("UUID", gpu.uuid), ("device", "nvidia\(gpu.index)"), ("modelName", gpu.name),
              ], value: value.value
            )
          }
        }
        text.gauge(name, gpus.first?.values.first { $0.name == name }?.help ?? "", values)
      }
      return text.text
    }
  }
}
