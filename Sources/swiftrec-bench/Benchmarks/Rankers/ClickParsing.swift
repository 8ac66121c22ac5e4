import Features
import Foundation

/// Criteo's text into batches on one core, beside pyarrow's reader of the same file.
struct ClickParsing: Benchmark {
  static let name = "ctr-parse"
  static let summary = "Criteo's text into batches on one core, beside pyarrow's CSV reader"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] {
    let path = try ClickLog.text(rows: 0..<1_000_000, seed: setting.seed)
    let megabytes = try ClickLog.megabytes(path)
    let files = RowFiles([path], format: .criteo)
    let pipeline = try FeaturePipeline(.criteo(ids: .hash(size: 100_000)))
    let found = try alternate(rounds: setting.rounds, better: .higher) {
      let loader = try RowLoader(files, pipeline: pipeline, batchSize: 4096, workers: 0)
      let seconds = try elapsedSeconds {
        let batches = try loader.epoch(0, startingAtBatch: 0)
        while try batches.next() != nil {}
      }
      return megabytes / seconds
    } peer: {
      let output = try Command.run(
        "\(setting.root)/.venv/bin/python",
        ["\(setting.root)/Benchmarks/peers/ctr.py", "parse", "--train", path, "--threads", "1"])
      guard let rate = Command.lastRecord(output)?["megabytes_per_second"] as? Double else {
        throw BenchmarkError("Benchmarks/peers/ctr.py told no megabytes_per_second")
      }
      return rate
    }
    return [
      Row(
        Self.name, "Criteo's text into batches, one core", unit: "MB/s", comparison: found,
        peerName: "Benchmarks/peers/ctr.py parse", atLeast: 2)
    ]
  }
}
