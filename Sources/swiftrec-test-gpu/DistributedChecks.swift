import Foundation
import Sharding
import Sparse
import Synchronization
import Torch
import TorchDistributed
import TorchNN

private final class RankResults<R: Sendable>: Sendable {
  let values: Mutex<[Result<R, any Error>?]>
  init(_ size: Int) { values = Mutex(Array(repeating: nil, count: size)) }
}

/// Ranks as threads of this process, all on the device under test: gloo permits it, and NCCL takes no two ranks on one GPU.
private func onRanks<R: Sendable>(
  _ size: Int, _ backend: Backend, _ body: @escaping @Sendable (ProcessGroup) throws -> R
) throws -> [R] {
  let store = try LocalStore(timeout: .seconds(60))
  let results = RankResults<R>(size)
  let ended = DispatchGroup()
  for rank in 0..<size {
    ended.enter()
    // A queue may run fewer at once than must meet.
    Thread {
      let result = Result {
        try body(
          ProcessGroup(
            backend: backend, store: store, rank: rank, size: size, timeout: .seconds(60),
            address: backend == .gloo ? "127.0.0.1" : nil))
      }
      results.values.withLock { $0[rank] = result }
      ended.leave()
    }.start()
  }
  ended.wait()
  return try results.values.withLock { try $0.compactMap { try $0?.get() } }
}

/// Every collective of a training, against what it means.
private func collectives(_ group: ProcessGroup, on device: Device) throws -> [NamedTensor] {
  let size = group.size
  let mine = try (Tensor.arange(6 * size, dtype: .float32) + Double(100 * group.rank)).to(device: device)
  var found: [NamedTensor] = []
  found.append(("all-reduce", try group.allReduce(mine.clone())))
  found.append(("all-gather", try Tensor.cat(group.allGather(mine), dim: 0)))
  found.append(("reduce-scatter", try group.reduceScatter(mine)))
  // Rank r sends r + 1 elements less to rank 0 than to the last.
  let splits = size == 1 ? [6] : [1 + group.rank] + Array(repeating: 6, count: size - 2) + [11 - group.rank]
  let sent = try mine.narrow(dim: 0, start: 0, length: splits.reduce(0, +))
  found.append(
    ("all-to-all", try group.allToAll(sent, inputSplits: splits, outputSplits: group.exchangeSplits(splits))))
  return found
}

private func collectivesAgree(_ size: Int, _ backend: Backend, _ bench: Bench) throws {
  let device = bench.device
  let there = try onRanks(size, backend) { group in
    try collectives(group, on: device).map { ($0.name, try $0.tensor.cpu()) }
  }
  let here = try onRanks(size, .gloo) { group in try collectives(group, on: .cpu) }
  for (rank, (ours, theirs)) in zip(here, there).enumerated() {
    for (a, b) in zip(ours, theirs) { try bench.expectClose(a.tensor, b.1, "\(a.name) of rank \(rank)") }
  }
}

/// A layer trained by two ranks on half the rows each, against one process on the CPU with all of them.
private func dataParallel(_ bench: Bench) throws {
  let device = bench.device
  let rows = try Tensor.randn([32, 12], generator: Generator(seed: 5))
  @Sendable func train(_ group: ProcessGroup?, on device: Device) throws -> Tensor {
    let layer = try MLP([12, 16, 1], generator: Generator(seed: 6))
    try layer.to(device: device)
    let parallel = try group.map { try DistributedDataParallel(layer, group: $0) }
    let optimizer = try SGD(layer.namedParameters(), learningRate: 0.1)
    let part = try group.map { try rows.narrow(dim: 0, start: 16 * $0.rank, length: 16) } ?? rows
    for _ in 0..<5 {
      try optimizer.zeroGrad()
      let loss = try layer(part.to(device: device)).square().mean()
      if let parallel { try parallel.backward(loss) } else { try loss.backward() }
      try optimizer.step()
    }
    return try Tensor.cat(layer.namedParameters().map { try $0.tensor.detach().cpu().reshape([-1]) }, dim: 0)
  }
  let one = try train(nil, on: .cpu)
  for (rank, ours) in try onRanks(2, .gloo, { try train($0, on: device) }).enumerated() {
    try bench.expectClose(one, ours, "weights of rank \(rank)")
  }
}

/// One table for each way to divide it between two ranks of one host, trained for some steps; then every shard against the whole.
private func shardedTables(_ size: Int, _ backend: Backend, _ rule: EmbeddingOptimizer.Rule, _ bench: Bench) throws {
  let device = bench.device
  let layout = try WorldLayout(ranks: size)
  let all = Array(0..<size)
  let (rows, columns, batch) = (40, 8, 16)
  let divisions: [TableSharding] = [
    .dataParallel(rows: rows, columns: columns, layout: layout),
    .tableWise(rows: rows, columns: columns, rank: size - 1),
    .columnWise(rows: rows, columns: columns, ranks: all), .rowWise(rows: rows, columns: columns, layout: layout),
  ]
  let configs = divisions.indices.map { EmbeddingBagConfig(name: "t\($0)", numEmbeddings: rows, embeddingDim: columns) }
  let plan = ShardingPlan(
    layout: layout, tables: Dictionary(uniqueKeysWithValues: zip(configs.map(\.name), divisions)))
  let optimizer = EmbeddingOptimizer(rule, learningRate: 0.1)
  /// The bags of some ranks as one batch; some are empty, and ids repeat.
  @Sendable func features(step: Int, of ranks: [Int]) throws -> KeyedJaggedTensor {
    let bags = configs.indices.map { table in
      ranks.flatMap { rank in
        (0..<batch).map { sample in
          (0..<(sample + rank + step) % 4).map { (31 * table + 17 * rank + 7 * step + 3 * sample + 5 * $0) % rows }
        }
      }
    }
    let ids = bags.flatMap { $0.flatMap(\.self) }
    return try KeyedJaggedTensor(
      keys: configs.map(\.name), values: Tensor(ids, shape: [ids.count]),
      lengths: Tensor(bags.flatMap { $0.map(\.count) }))
  }
  @Sendable func loss(_ pooled: Tensor) throws -> Tensor {
    try pooled.square().sum() * (0.5 / Double(pooled.shape[0])) + pooled.sin().mean()
  }
  let one = try EmbeddingBagCollection(tables: configs, optimizer: optimizer, generator: Generator(seed: 7))
  for step in 0..<4 { try loss(one(features(step: step, of: all)).values).backward() }
  let shards = try onRanks(size, backend) { group in
    let sharded = try ShardedEmbeddingBagCollection(
      tables: configs, optimizer: optimizer, plan: plan, group: group, device: device, generator: Generator(seed: 7))
    for step in 0..<4 {
      try loss(sharded(features(step: step, of: [group.rank]).to(device: device)).values).backward()
    }
    return try sharded.shards().map { ($0.table, $0.shard, try $0.weight.detach().cpu()) }
  }
  for (table, shard, weight) in shards.flatMap(\.self) {
    let whole = try bench.unwrap(one.weight(of: table), table).detach().rows(shard.rows)
    try bench.expectClose(
      whole.narrow(dim: 1, start: shard.firstColumn, length: shard.columnCount), weight,
      "\(table) on rank \(shard.rank)")
  }
}

let distributedChecks: [Check] =
  [
    Check("collectives, two ranks, gloo") { try collectivesAgree(2, .gloo, $0) },
    Check("data parallel, two ranks, gloo") { try dataParallel($0) },
    Check("sharded tables, two ranks, gloo, row-wise Adagrad") { try shardedTables(2, .gloo, .rowWiseAdagrad(), $0) },
    Check("sharded tables, two ranks, gloo, Adam") { try shardedTables(2, .gloo, .adam(), $0) },
  ]
  // One rank, since NCCL takes no two on one GPU.
  + (Backend.nccl.isBuilt
    ? [
      Check("collectives, one rank, NCCL") { try collectivesAgree(1, $0.device.isCPU ? .gloo : .nccl, $0) },
      Check("sharded tables, one rank, NCCL") {
        try shardedTables(1, $0.device.isCPU ? .gloo : .nccl, .rowWiseAdagrad(), $0)
      },
    ] : [])
