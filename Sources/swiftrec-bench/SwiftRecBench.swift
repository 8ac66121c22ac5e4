import ArgumentParser
import Foundation
import Torch

/// The benchmarks: each line of "numbers to reach" that is a speed, with its peer beside it.
@main
struct SwiftRecBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swiftrec-bench",
    abstract: "Measures SwiftRec beside its peers, in turn; prints a table and JSON lines.",
    discussion: catalogue.map { "\($0.name): \($0.summary)\($0.isLong ? " (minutes; only when named)" : "")" }
      .joined(separator: "\n"))

  static let catalogue: [any Benchmark.Type] = [
    NeuMF256.self, NeuMF2048.self, RowLazyNeuMF256.self, RowLazyNeuMF2048.self, FullRanking.self, ItemSearch.self,
    ReadingRatings.self,
    ReadingParquet.self, StartToFirstStep.self, LiveHandles.self, MixedPrecision.self, TimeToQuality.self,
    FMAgainstNeuMF.self, SparseDLRM.self, RankerSteps.self, ClickParsing.self, ClicksToAUC.self,
    ClicksToAUCAtLength.self,
    SparseLookups1.self, SparseLookups20.self, SparseQuantized.self, SparseShowcase.self, DistributedDLRM.self,
    DistributedPlans.self, CheckpointSpeed.self, ObjectStoreSpeed.self,
  ]

  @Argument(help: "Which to run; all that do not take minutes when none is named.")
  var names: [String] = []

  @Option(help: "How many times ours and the peer take turns; the median counts.")
  var rounds = 5

  @Option(help: "Threads for ours and for the peer.")
  var threads = 2

  @Option(help: "The seed of data and weights.")
  var seed: UInt64 = 1

  @Option(help: "The checkout, which holds Benchmarks/peers and .venv.")
  var root = FileManager.default.currentDirectoryPath

  @Option(parsing: .remaining, help: .hidden)
  var worker: [String] = []

  func validate() throws {
    let known = Self.catalogue.map { $0.name }
    for name in names where !known.contains(name) {
      throw ValidationError("'\(name)' is no benchmark; there are: \(known.joined(separator: ", "))")
    }
    guard rounds > 0, threads > 0 else { throw ValidationError("--rounds and --threads are 1 or more") }
  }

  func run() throws {
    if !worker.isEmpty { return try DLRMWorker.work(worker) }
    try Engine.setThreads(threads)
    let setting = Setting(rounds: rounds, threads: threads, seed: seed, root: root)
    let chosen = Self.catalogue.filter { names.isEmpty ? !$0.isLong : names.contains($0.name) }
    let machine = Machine(threads: threads)
    var rows: [Row] = []
    var failures: [String] = []
    for type in chosen {
      FileHandle.standardError.write(Data("\(type.name): \(type.summary) ...\n".utf8))
      do {
        rows += try type.init().run(setting)
      } catch {
        failures.append("\(type.name): \(error)")
      }
    }
    print("\(machine.line)\n\n\(Report.table(rows))\n")
    print(try Report.jsonLine(["machine": machine]))
    for row in rows { print(try Report.jsonLine(row)) }
    for failure in failures { FileHandle.standardError.write(Data("failed: \(failure)\n".utf8)) }
    if !failures.isEmpty { throw ExitCode(1) }
  }
}
