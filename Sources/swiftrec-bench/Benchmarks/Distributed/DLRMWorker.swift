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
  ///   - plan: a file that says how the tables are divided; the planner's own by default.
  static func start(
    _ count: Int, _ dimension: Int, _ batch: Int, threads: Int = 1, isConnected: Bool, seed: UInt64, plan: String? = nil
  ) throws -> [Peer] {
    let port = UInt16.random(in: 20_000..<30_000)
    let workers = try (0..<count).map { rank in
      try Peer(
        worker: ["\(dimension)", "\(batch)", "\(threads)", "\(seed)"]
          + (isConnected ? ["\(rank)", "\(port)"] : []) + (plan.map { [$0] } ?? []),
        variables: ["RANK": "", "WORLD_SIZE": ""], waits: false)
    }
    for worker in workers { try worker.ready() }
    return workers
  }

  /// Lets all of them train at once; the seconds of the slowest.
  static func seconds(of workers: [Peer], steps: Int) throws -> Double {
    for worker in workers { try worker.begin("\(steps)") }
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

  /// Trains as it is told: a line with a number of steps, answered by the seconds that they took.
  ///
  /// - Parameter words: dimension, batch, threads, seed; of one of two ranks its number and the port where they meet; and a plan.
  static func work(_ words: [String]) throws {
    let numbers = words.prefix(6).compactMap { Int($0) }
    guard numbers.count == min(words.count, 6), [4, 6, 7].contains(words.count) else {
      throw BenchmarkError("a worker takes 4, 6 or 7 words, received \(words)")
    }
    try Engine.setThreads(numbers[2])
    var world: (([EmbeddingBagConfig]) throws -> RankerTables.World)?
    if numbers.count == 6 {
      let store = try TCPStore(host: "127.0.0.1", port: numbers[5], isServer: numbers[4] == 0, timeout: .seconds(120))
      let group = try ProcessGroup(
        store: store, rank: numbers[4], size: 2, timeout: .seconds(120), address: "127.0.0.1")
      world = { tables in
        let plan =
          if words.count == 7 { try PlanFile(path: words[6]).plan } else {
            try planner(batch: numbers[1]).plan(plannerTables(tables)).plan
          }
        return RankerTables.World(group: group, plan: plan)
      }
    }
    let workload = try RankerWorkload(
      .dlrm(.init(dimension: numbers[0])), rows: SparseIDs.criteoKaggle, batch: numbers[1],
      clock: SparseClock(isThreadTime: false), seed: UInt64(numbers[3]), world: world)
    for _ in 0..<3 { _ = try workload.step() }
    print(try Report.jsonLine(["ready": 1]))
    fflush(nil)
    while let order = readLine().flatMap({ Int($0) }) {
      let (began, cpu) = (DispatchTime.now().uptimeNanoseconds, cpuSeconds())
      var laps: [String: Double] = [:]
      for _ in 0..<order {
        for (name, time) in try workload.step() { laps[name, default: 0] += time / Double(order) }
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
