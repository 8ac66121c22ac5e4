import Features
import Foundation

/// FM and DeepFM from Criteo's text on disk to AUC, as whole programs: `swiftrec train` beside the same models in PyTorch with
/// sparse gradients, fed by pyarrow.
struct ClicksToAUC: Benchmark {
  static let name = "ctr-text"
  static let summary =
    "FM and DeepFM from 1 million rows of Criteo's text on disk to AUC, beside PyTorch fed by pyarrow"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] {
    try Self.rows(Self.name, count: 1_000_000, setting)
  }

  static func rows(_ name: String, count: Int, _ setting: Setting) throws -> [Row] {
    let train = try ClickLog.text(rows: 0..<count, seed: setting.seed)
    let test = try ClickLog.text(rows: count..<count + count / 20, seed: setting.seed)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swiftrec-bench-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    return try [("fm", 4.0), ("deepfm", 1.5)].map { model, atLeast in
      var areas = (ours: 0.0, peer: 0.0)
      let found = try alternate(rounds: setting.rounds, better: .lower) {
        try? FileManager.default.removeItem(at: folder)
        return try elapsedSeconds {
          areas.ours = try area(
            Command.run(
              "\(setting.root)/bin/swiftrec",
              [
                "train", "\(setting.root)/configs/\(model)-criteo-text.yaml", "--out", folder.path, "--threads",
                "\(setting.threads)", "--seed", "\(setting.seed)", "--set", "data.train=[\(train)]", "--set",
                "data.test=[\(test)]",
              ]))
        }
      } peer: {
        try elapsedSeconds {
          let output = try Command.run(
            "\(setting.root)/.venv/bin/python",
            [
              "\(setting.root)/Benchmarks/peers/ctr.py", "train", "--model", model, "--train", train, "--test", test,
              "--threads", "\(setting.threads)",
            ])
          areas.peer = Command.lastRecord(output)?["auc"] as? Double ?? 0
        }
      }
      return Row(
        name, "\(model), \(Report.figure(Double(count))) rows of text on disk to AUC", unit: "s", comparison: found,
        peerName: "Benchmarks/peers/ctr.py train", atLeast: atLeast,
        note: "AUC \(Report.figure(areas.ours)), the peer's \(Report.figure(areas.peer))")
    }
  }

  /// What `swiftrec train` prints about the test rows.
  private static func area(_ output: String) throws -> Double {
    for line in output.split(separator: "\n") {
      let words = line.split(whereSeparator: { " ,:=".contains($0) })
      if let place = words.firstIndex(where: { $0.lowercased() == "auc" }), place + 1 < words.count,
        let value = Double(words[place + 1])
      {
        return value
      }
    }
    throw BenchmarkError("swiftrec train printed no AUC: \(output.suffix(200))")
  }
}
