import Foundation
import Models
import Sharding
import Sparse
import Torch
import TorchDistributed

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
      let ranks = try Self.workers(shape, mode: .exact, seed: setting.seed)
      // Two copies of the tables of D 64 beside the divided ones are 26 GB.
      if shape.dimension == 16 {
        let copies = try Self.workers(shape, mode: nil, seed: setting.seed)
        rows.append(
          Row(
            Self.name, "\(what): 2 processes", unit: "samples/s",
            comparison: try Self.compare(ranks, copies, shape, setting), peerName: "2 unconnected copies",
            atLeast: 0.95))
      }
      let one = [
        try Peer(
          worker: ["\(shape.dimension)", "\(2 * shape.batch)", "2", "\(setting.seed)"], variables: Self.plain)
      ]
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
      let ranks = try Self.workers(shape, mode: mode, seed: setting.seed)
      return Row(
        Self.name, "DLRM, D 16, batch 2 x 2048, pipeline \(mode.rawValue): every exchange 2 ms late", unit: "samples/s",
        comparison: try Self.compare(ranks, ranks, shape, setting, latency: 2), peerName: "none late",
        atLeast: mode == .off ? 0 : 0.909)
    }
  }

  private static let plain = ["RANK": "", "WORLD_SIZE": ""]

  /// - Parameter mode: nil for processes that are not connected.
  private static func workers(_ shape: Shape, mode: PipelineMode?, seed: UInt64) throws -> [Peer] {
    let port = UInt16.random(in: 20_000..<30_000)
    let workers = try (0..<2).map { rank in
      try Peer(
        worker: ["\(shape.dimension)", "\(shape.batch)", "1", "\(seed)"]
          + (mode.map { ["\(rank)", "\(port)", "\(PipelineMode.allCases.firstIndex(of: $0) ?? 0)"] } ?? []),
        variables: plain, waits: false)
    }
    for worker in workers { try worker.ready() }
    return workers
  }

  /// - Parameter latency: milliseconds by which the exchanges of `ours` are late.
  private static func compare(
    _ ours: [Peer], _ peer: [Peer], _ shape: Shape, _ setting: Setting, latency: Int = 0
  ) throws -> Comparison {
    func rate(_ workers: [Peer], latency: Int = 0) throws -> Double {
      let steps = shape.batch > 4096 ? 8 : 24
      for worker in workers { try worker.begin("\(steps) \(latency)") }
      let seconds = try workers.map { try $0.end()["seconds"] ?? .nan }.max() ?? .nan
      return Double(2 * shape.batch * steps) / seconds
    }
    _ = try (rate(ours), rate(peer))
    return try alternate(rounds: setting.rounds, better: .higher) {
      try rate(ours, latency: latency)
    } peer: {
      try rate(peer)
    }
  }

  // MARK: A worker

  /// Trains as it is told: a line with a number of steps and the milliseconds by which exchanges are late, answered by the seconds
  /// that they took.
  ///
  /// - Parameter words: dimension, batch, threads, seed, and of one of two ranks its number, the port where they meet and the number
  ///   of the pipeline's mode.
  static func work(_ words: [String]) throws {
    let numbers = words.compactMap { Int($0) }
    guard numbers.count == words.count, [4, 7].contains(numbers.count) else {
      throw BenchmarkError("a worker takes 4 or 7 numbers, received \(words)")
    }
    try Engine.setThreads(numbers[2])
    var world: (([EmbeddingBagConfig]) throws -> RankerTables.World)?
    var group: ProcessGroup?
    if numbers.count == 7 {
      let store = try TCPStore(host: "127.0.0.1", port: numbers[5], isServer: numbers[4] == 0, timeout: .seconds(120))
      let made = try ProcessGroup(
        store: store, rank: numbers[4], size: 2, timeout: .seconds(120), address: "127.0.0.1")
      group = made
      world = { tables in
        let topology = try Topology(ranks: 2, ddr: 64 << 30)
        let planned = try ShardingPlanner(topology: topology, workload: Workload(batch: 2 * numbers[1]))
          .plan(tables.map { PlannerTable($0, optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01)) })
        return RankerTables.World(group: made, plan: planned.plan)
      }
    }
    let workload = try RankerWorkload(
      .dlrm(.init(dimension: numbers[0])), rows: SparseIDs.criteoKaggle, batch: numbers[1],
      clock: SparseClock(isThreadTime: false), seed: UInt64(numbers[3]), world: world,
      mode: PipelineMode.allCases[numbers.count == 7 ? min(max(0, numbers[6]), PipelineMode.allCases.count - 1) : 0])
    for _ in 0..<3 { _ = try workload.step() }
    print(try Report.jsonLine(["ready": 1]))
    fflush(nil)
    while let order = readLine()?.split(separator: " ").compactMap({ Int($0) }), order.count == 2 {
      try group?.setLatency(.milliseconds(order[1]))
      let (began, cpu) = (DispatchTime.now().uptimeNanoseconds, cpuSeconds())
      var laps: [String: Double] = [:]
      for _ in 0..<order[0] {
        for (name, time) in try workload.step() { laps[name, default: 0] += time / Double(order[0]) }
      }
      laps["seconds"] = Double(DispatchTime.now().uptimeNanoseconds - began) * 1e-9
      laps["cpu_seconds"] = cpuSeconds() - cpu
      print(try Report.jsonLine(laps))
      fflush(nil)
    }
  }

  private static func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
