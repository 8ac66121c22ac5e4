import Dispatch
import Foundation
import Models
import Sharding
import Sparse
import Torch
import TorchDistributed

/// A process that trains the DLRM of `sparse-dlrm` as it is told: by itself, or as one of two ranks with divided tables.
enum DLRMWorker {
  /// Starts processes and waits until all are ready.
  ///
  /// - Parameters:
  ///   - batch: of each process.
  ///   - mode: of the pipeline that connects them; nil for processes that know nothing of each other.
  ///   - plan: a file that says how the tables are divided; the planner's own by default.
  static func start(
    _ count: Int, _ dimension: Int, _ batch: Int, threads: Int = 1, mode: PipelineMode? = nil, seed: UInt64,
    plan: String? = nil
  ) throws -> [Peer] {
    let port = UInt16.random(in: 20_000..<30_000)
    let workers = try (0..<count).map { rank in
      try Peer(
        worker: ["\(dimension)", "\(batch)", "\(threads)", "\(seed)"]
          + (mode.map { ["\(rank)", "\(port)", "\(PipelineMode.allCases.firstIndex(of: $0) ?? 0)"] } ?? [])
          + (plan.map { [$0] } ?? []),
        variables: ["RANK": "", "WORLD_SIZE": ""], waits: false)
    }
    for worker in workers { try worker.ready() }
    return workers
  }

  /// Lets all of them train at once; the seconds of the slowest.
  ///
  /// - Parameter latency: milliseconds by which every exchange is late.
  static func seconds(of workers: [Peer], steps: Int, latency: Int = 0) throws -> Double {
    for worker in workers { try worker.begin("\(steps) \(latency)") }
    return try workers.map { try $0.end()["seconds"] ?? .nan }.max() ?? .nan
  }

  // MARK: In the process

  /// What the planner is told of the model's tables.
  static func plannerTables(_ tables: [EmbeddingBagConfig]) -> [PlannerTable] {
    tables.map { PlannerTable($0, optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01)) }
  }

  static func planner(batch: Int) throws -> ShardingPlanner {
    ShardingPlanner(topology: try Topology(ranks: 2, ddr: 64 << 30), workload: Workload(batch: 2 * batch))
  }

  /// Trains as it is told: a line with a number of steps and the milliseconds by which exchanges are late, answered by the seconds
  /// that they took.
  ///
  /// - Parameter words: dimension, batch, threads, seed; of one of two ranks its number, the port where they meet, the number of the
  ///   pipeline's mode, and a plan where it is not the planner's own.
  static func work(_ words: [String]) throws {
    let numbers = words.prefix(7).compactMap { Int($0) }
    guard numbers.count == min(words.count, 7), [4, 7, 8].contains(words.count) else {
      throw BenchmarkError("a worker takes 4, 7 or 8 words, received \(words)")
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
        let plan =
          if words.count == 8 { try PlanFile(path: words[7]).plan } else {
            try planner(batch: numbers[1]).plan(plannerTables(tables)).plan
          }
        return RankerTables.World(group: made, plan: plan)
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
