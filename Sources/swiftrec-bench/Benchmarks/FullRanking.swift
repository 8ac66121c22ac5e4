import Features
import Retrieval
import Torch

/// Ranks all items for all users of MovieLens-1M's size: matrix factorisation, 64 factors, top 100, seen items left out.
struct FullRanking: Benchmark {
  static let name = "full-ranking"
  static let summary = "full ranking of 6,040 users x 3,706 items, top 100, MF d=64, beside torch matmul + topk"

  func run(_ setting: Setting) throws -> [Row] {
    let data = try RatingData(seed: setting.seed)
    let seen = try SeenItems(data.train, userCount: RatingData.userCount, itemCount: RatingData.itemCount)
    let generator = try Generator(seed: setting.seed)
    let queries = try Tensor.randn([RatingData.userCount, 64], generator: generator)
    let items = try Tensor.randn([RatingData.itemCount, 64], generator: generator)
    let excluding = try ItemSets(offsets: seen.offsets.map { Int64($0) }, ids: seen.items)
    func ours() throws -> Double {
      try elapsedSeconds { _ = try topK(queries: queries, items: items, k: 100, excluding: excluding) }
    }
    _ = try ours()
    let peer = try Peer("fullrank.py", ["--serve", "--threads", "\(setting.threads)"], setting: setting)
    let comparison = try alternate(rounds: setting.rounds * 2, better: .lower, ours: ours) {
      guard let elapsed = try peer.turn()["seconds"] else { throw BenchmarkError("\(peer.name) told no seconds") }
      return elapsed
    }
    let row = Row(
      Self.name, "full ranking 6,040 x 3,706, top 100, d 64, \(setting.threads) threads", unit: "s",
      comparison: comparison,
      peerName: peer.name, atLeast: 3)
    let absolute = Row(
      Self.name, "the same by itself", unit: "s", ours: comparison.ours, target: "0.15 s",
      isMet: comparison.ours <= 0.15,
      rounds: comparison.kept)
    return [row, absolute]
  }
}
