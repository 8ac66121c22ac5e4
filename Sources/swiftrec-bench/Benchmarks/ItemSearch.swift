import Retrieval
import Torch

/// The best 500 of a million items for one query, one thread: byte vectors first, the answer of fp32, beside torch's product and topk.
struct ItemSearch: Benchmark {
  static let name = "item-search"
  static let summary = "the best 500 of 1,000,000 items, d=64, one query on one thread, beside torch mm + topk"

  private static let count = 1_000_000

  func run(_ setting: Setting) throws -> [Row] {
    try Engine.setThreads(1)
    defer { try? Engine.setThreads(setting.threads) }
    let generator = try Generator(seed: setting.seed)
    let items = try Tensor.randn([Self.count, 64], generator: generator)
    let queries = try Tensor.randn([1000, 64], generator: generator)
    let index = try ExactIndex(items)
    var turn = 0
    func query() throws -> Tensor {
      turn = (turn + 1) % 1000
      return try queries.narrow(dim: 0, start: turn, length: 1).contiguous()
    }
    let peerName = "torch mm + topk (fp32)"
    let comparison = try alternate(rounds: setting.rounds * 2, better: .lower) {
      let query = try query()
      return try elapsedSeconds { _ = try index.search(query, k: 500) } * 1e3
    } peer: {
      let query = try query()
      return try elapsedSeconds { _ = try noGrad { try query.mm(items.t()).topk(k: 500, dim: 1) } } * 1e3
    }
    let row = Row(Self.name, Self.summary, unit: "ms", comparison: comparison, peerName: peerName, atLeast: 3)
    let absolute = Row(
      Self.name, "the same by itself", unit: "ms", ours: comparison.ours, target: "8 ms", isMet: comparison.ours <= 8,
      rounds: comparison.kept)
    let some = try queries.narrow(dim: 0, start: 0, length: 100).contiguous()
    let isSame = try index.search(some, k: 500) == topK(queries: some, items: items, k: 500)
    let exact = Row(
      Self.name, "100 queries whose answers are those of fp32 brute force", unit: "of 100", ours: isSame ? 100 : 0,
      target: "100", isMet: isSame)
    return [row, absolute, exact]
  }
}
