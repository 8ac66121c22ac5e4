/// Training NeuMF on MovieLens-1M, samples a second, beside the same model in PyTorch with its fused dense Adam.
private func speed(
  _ name: String, _ what: String, batch: Int, rule: NeuMFWorkload.Rule, atLeast: Double, setting: Setting
) throws -> [Row] {
  let data = try RatingData(seed: setting.seed)
  let workload = try NeuMFWorkload(data, batch: batch, rule: rule, setting: setting)
  // About half a second a turn: long enough for the clock, short enough for a quiet moment.
  let steps = max(200, 204_800 / batch)
  let peer = try Peer(
    "neumf.py",
    [
      "--serve", "--batch", "\(batch)", "--steps", "\(steps)", "--threads", "\(setting.threads)", "--seed",
      "\(setting.seed)",
    ],
    setting: setting)
  _ = try workload.turn(steps: 20)
  let comparison = try alternate(rounds: setting.rounds, better: .higher) {
    try workload.turn(steps: steps)
  } peer: {
    let record = try peer.turn()
    guard let samples = record["samples"], let elapsed = record["seconds"], elapsed > 0 else {
      throw BenchmarkError("\(peer.name) told no samples and seconds")
    }
    return samples / elapsed
  }
  return [
    Row(
      name, "\(what), batch \(batch), \(setting.threads) threads", unit: "samples/s", comparison: comparison,
      peerName: peer.name, atLeast: atLeast, note: data.note)
  ]
}

struct NeuMF256: Benchmark {
  static let name = "neumf-256"
  static let summary = "NeuMF training at batch 256, dense Adam, beside PyTorch"

  func run(_ setting: Setting) throws -> [Row] {
    try speed(Self.name, "NeuMF training, dense Adam", batch: 256, rule: .dense, atLeast: 1.7, setting: setting)
  }
}

struct NeuMF2048: Benchmark {
  static let name = "neumf-2048"
  static let summary = "NeuMF training at batch 2,048, dense Adam, beside PyTorch"

  func run(_ setting: Setting) throws -> [Row] {
    try speed(Self.name, "NeuMF training, dense Adam", batch: 2048, rule: .dense, atLeast: 1.8, setting: setting)
  }
}

struct RowLazyNeuMF256: Benchmark {
  static let name = "neumf-lazy-256"
  static let summary = "NeuMF training at batch 256, row-lazy Adam, beside PyTorch with dense Adam"

  func run(_ setting: Setting) throws -> [Row] {
    try speed(Self.name, "NeuMF training, row-lazy Adam", batch: 256, rule: .rowLazy, atLeast: 6, setting: setting)
  }
}

struct RowLazyNeuMF2048: Benchmark {
  static let name = "neumf-lazy-2048"
  static let summary = "NeuMF training at batch 2,048, row-lazy Adam, beside PyTorch with dense Adam"

  func run(_ setting: Setting) throws -> [Row] {
    try speed(Self.name, "NeuMF training, row-lazy Adam", batch: 2048, rule: .rowLazy, atLeast: 4, setting: setting)
  }
}
