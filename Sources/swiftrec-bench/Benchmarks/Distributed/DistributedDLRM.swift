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
      let ranks = try DLRMWorker.start(2, shape.dimension, shape.batch, isConnected: true, seed: setting.seed)
      // Two copies of the tables of D 64 beside the divided ones are 26 GB.
      if shape.dimension == 16 {
        let copies = try DLRMWorker.start(2, shape.dimension, shape.batch, isConnected: false, seed: setting.seed)
        rows.append(
          Row(
            Self.name, "\(what): 2 processes", unit: "samples/s",
            comparison: try Self.compare(ranks, copies, shape, setting), peerName: "2 unconnected copies",
            atLeast: 0.95))
      }
      let one = try DLRMWorker.start(
        1, shape.dimension, 2 * shape.batch, threads: 2, isConnected: false, seed: setting.seed)
      rows.append(
        Row(
          Self.name, "\(what): 2 processes", unit: "samples/s",
          comparison: try Self.compare(ranks, one, shape, setting), peerName: "1 process x 2 threads", atLeast: 0.95))
    }
    return rows
  }

  private static func compare(_ ours: [Peer], _ peer: [Peer], _ shape: Shape, _ setting: Setting) throws -> Comparison {
    func rate(_ workers: [Peer]) throws -> Double {
      let steps = shape.batch > 4096 ? 8 : 24
      return try Double(2 * shape.batch * steps) / DLRMWorker.seconds(of: workers, steps: steps)
    }
    _ = try (rate(ours), rate(peer))
    return try alternate(rounds: setting.rounds, better: .higher) {
      try rate(ours)
    } peer: {
      try rate(peer)
    }
  }
}
