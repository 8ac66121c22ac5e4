import Foundation
import TestSupport
import Testing

/// A training process holds its tables once: peak memory is 1.1 times (tables + state of their optimiser + what a batch takes) + 400 MB.
@Suite(.serialized) struct MemorySlowTests {
  private static let batch = 4096
  private static let dimension = 64

  /// A table of 4 million rows among Criteo's 26: 1.04 GB.
  private static let configuration = """
    data:
      name: "synthetic:criteo"
      rows: {train: 100_000, validation: 20_000, test: 20_000}
      table_sizes: [4_000_000, 200, 10_000, 5_000, 100, 12, 2_000, 200, 3, 4_000, 1_500, 8_000, 1_000, 26, 2_500, 6_000, 10, 1_200,
        600, 4, 7_000, 15, 15, 3_000, 50, 1_800]
    model: {name: dlrm, dimension: \(dimension), bottom: [64, 64], top: [64, 32]}
    embeddings: {optimizer: {name: row-wise-adagrad, lr: 0.05}}
    train: {epochs: 1, batch: \(batch), optimizer: {name: adam, lr: 0.001}}
    evaluate: {batch: \(batch)}
    """

  /// The rows of a batch, and what the model makes of them, forward and backward.
  private static let workingSet: Int = {
    let vectors = 26 * dimension
    let interactions = dimension + 27 * 26 / 2
    let layers = 64 + 64 + dimension + 64 + 32 + 1
    return batch * (26 * 8 + 13 * 4 + 2 * 4 * (vectors + interactions + layers))
  }()

  /// The highest resident memory of a process, read from the system until it ends.
  private func peak(_ words: [String], in scratch: Scratch) throws -> Int {
    let running = try Program.start(words, in: scratch.path)
    var kilobytes = 0
    while running.process.isRunning {
      let status =
        (try? String(contentsOfFile: "/proc/\(running.process.processIdentifier)/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      kilobytes = max(kilobytes, line?.split(separator: " ").compactMap { Int($0) }.first ?? 0)
      usleep(5_000)
    }
    let result = try running.wait()
    #expect(result.status == 0, "\(result.errors)")
    return kilobytes * 1024
  }

  @Test func theTablesAreInMemoryOnce() throws {
    let scratch = try Scratch()
    try scratch.write("big.yaml", Self.configuration)
    let plan = try Program.run(["plan", "big.yaml", "--json"], in: scratch.path)
    let object = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
    let tables = try #require(object?["total_bytes"] as? Int)
    #expect(tables > 1_000_000_000)
    let bound = Int(1.1 * Double(tables + Self.workingSet)) + 400_000_000
    let train = ["train", "big.yaml", "--out", "run", "--device", "cpu"]
    for (name, words) in [
      ("train", train), ("resume", train + ["--resume", "--set", "train.epochs=2"]), ("evaluate", ["evaluate", "run"]),
    ] {
      let found = try peak(words, in: scratch)
      print(
        "\(name): peak \(found / 1_000_000) MB, tables and state \(tables / 1_000_000) MB, at most \(bound / 1_000_000) MB"
      )
      #expect(found > tables && found <= bound, "\(name)")
    }
  }
}
