import Models

/// Training steps of five rankers beside the same models in plain PyTorch with sparse gradients.
struct RankerSteps: Benchmark {
  static let name = "ranker-steps"
  static let summary =
    "training steps of FM, DeepFM, DLRM, DCN-v2 and xDeepFM, 26 tables of 100,000 rows, beside plain PyTorch"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] {
    let clock = SparseClock(isThreadTime: setting.threads == 1)
    let models: [(configuration: RankerConfiguration, atLeast: Double)] = [
      (.fm(.init()), 4), (.deepFM(.init()), 1.5), (.dlrm(.init()), 1), (.dcnV2(.init()), 1),
      (.xDeepFM(.init()), 1),
    ]
    return try models.flatMap { configuration, atLeast in
      let workload = try RankerWorkload(
        configuration, rows: [Int](repeating: 100_000, count: 26), batch: 4096, clock: clock, seed: setting.seed)
      let peer = try Peer(
        "rankers.py", ["--serve", "--model", configuration.name, "--threads", "\(setting.threads)"], setting: setting)
      _ = try (peer.turn("run 1"), clock.turn(1, workload.step))
      let found = try alternateLaps(rounds: setting.rounds) {
        try clock.turn(1, workload.step)
      } peer: {
        try peer.turn("run 1")
      }
      return try SparsePeer.rows(
        Self.name, found, clock, ["step": atLeast], peer: "rankers.py",
        "\(configuration.name), batch 4096", setting: setting)
    }
  }
}
