import Sharding

/// The DLRM of `sparse-dlrm` on two processes with one thread each, its tables divided by the planner: against two processes that know
/// nothing of each other, and against one process with two threads on batches of the same size over all.
struct DistributedDLRM: Benchmark {
  static let name = "distributed-dlrm"
  static let summary = "DLRM on 2 processes x 1 thread, beside 2 unconnected copies and 1 process x 2 threads"
  static let isLong = true

  private struct Shape {
    let dimension: Int
    /// Of a process; a single one has twice as many.
    let batch: Int
  }

  func run(_ setting: Setting) throws -> [Row] {
    var rows: [Row] = []
    for shape in [
      Shape(dimension: 16, batch: 2048), Shape(dimension: 16, batch: 8192), Shape(dimension: 64, batch: 2048),
    ] {
      let what = "DLRM, D \(shape.dimension), batch 2 x \(shape.batch)"
      let ranks = try DLRMWorker.start(2, shape.dimension, shape.batch, mode: .exact, seed: setting.seed)
      // Two copies of the tables of D 64 beside the divided ones are 26 GB.
      if shape.dimension == 16 {
        let copies = try DLRMWorker.start(2, shape.dimension, shape.batch, seed: setting.seed)
        rows.append(
          Row(
            Self.name, "\(what): 2 processes", unit: "samples/s",
            comparison: try Self.compare(ranks, copies, shape, setting), peerName: "2 unconnected copies",
            atLeast: 0.95))
      }
      let one = try DLRMWorker.start(
        1, shape.dimension, 2 * shape.batch, threads: 2, seed: setting.seed)
      rows.append(
        Row(
          Self.name, "\(what): 2 processes", unit: "samples/s",
          comparison: try Self.compare(ranks, one, shape, setting), peerName: "1 process x 2 threads", atLeast: 0.95))
    }
    return rows + (try late(setting))
  }

  /// Every exchange 2 ms late, against none: at most 1.1 times the time of a step is wanted.
  private func late(_ setting: Setting) throws -> [Row] {
    let shape = Shape(dimension: 16, batch: 2048)
    return try PipelineMode.allCases.map { mode in
      let ranks = try DLRMWorker.start(2, shape.dimension, shape.batch, mode: mode, seed: setting.seed)
      return Row(
        Self.name, "DLRM, D 16, batch 2 x 2048, pipeline \(mode.rawValue): every exchange 2 ms late", unit: "samples/s",
        comparison: try Self.compare(ranks, ranks, shape, setting, latency: 2), peerName: "none late",
        atLeast: mode == .off ? 0 : 0.909)
    }
  }

  /// - Parameter latency: milliseconds by which the exchanges of `ours` are late.
  private static func compare(
    _ ours: [Peer], _ peer: [Peer], _ shape: Shape, _ setting: Setting, latency: Int = 0
  ) throws -> Comparison {
    func rate(_ workers: [Peer], latency: Int = 0) throws -> Double {
      let steps = shape.batch > 4096 ? 8 : 24
      return try Double(2 * shape.batch * steps) / DLRMWorker.seconds(of: workers, steps: steps, latency: latency)
    }
    _ = try (rate(ours), rate(peer))
    return try alternate(rounds: setting.rounds, better: .higher) {
      try rate(ours, latency: latency)
    } peer: {
      try rate(peer)
    }
  }
}
