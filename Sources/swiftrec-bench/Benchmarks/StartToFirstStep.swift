import Foundation

/// Starts `swiftrec train` on MovieLens-100K and looks when its first step is done.
struct StartToFirstStep: Benchmark {
  static let name = "first-step"
  static let summary = "process start to first training step, ml-100k"

  func run(_ setting: Setting) throws -> [Row] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swiftrec-start-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var times: [Double] = []
    for round in 0...setting.rounds {
      let out = folder.appendingPathComponent("\(round)").path
      _ = try Command.run(
        setting.root + "/bin/swiftrec",
        ["train", setting.root + "/configs/neumf-ml100k.yaml", "--set", "train.max_steps=1", "--out", out])
      let first = try Command.records(out + "/metrics.jsonl").lazy
        .compactMap { ($0["seconds_since_process_start"] as? NSNumber)?.doubleValue }.first
      guard let first else { throw BenchmarkError("\(out)/metrics.jsonl tells no seconds_since_process_start") }
      if round > 0 { times.append(first) }
    }
    let middle = median(times)
    return [
      Row(
        Self.name, "process start to first training step (`train`, ml-100k)", unit: "s", ours: middle, target: "1.5 s",
        isMet: middle <= 1.5, rounds: setting.rounds)
    ]
  }
}
