import Foundation
import Models
import Sparse
import Torch
import TorchNN

extension RankerWorkload {
  /// Milliseconds that a step takes at the ceilings of memory and matrix products.
  fileprivate func floors(_ ceilings: Ceilings) throws -> [String: Double] {
    guard let bags = model.embeddings else { return [:] }
    let tables = bags.configs.compactMap { bags.weight(of: $0.name) }
    let ids = try batches.map { try $0.ids.t() }
    let state = try tables.map { try Tensor.zeros([$0.shape[0], 1]) }
    let rows = batches[0].ids.shape[0]
    let pooled = Double(rows * tables.count * bags.configs[0].embeddingDim * 4)
    // Each weight of a layer is multiplied once forward and twice backward, two operations each time.
    let weights = model.namedParameters().filter { $0.tensor.rank == 2 }
    let operations = Double(6 * rows * weights.reduce(0) { $0 + $1.tensor.count })
    return [
      "step": try Ceilings.touching(tables, ids) + Ceilings.rewriting(tables, ids) + Ceilings.rewriting(state, ids)
        + (pooled / ceilings.writeRate + pooled / ceilings.readRate + operations / ceilings.productRate) * 1e3
    ]
  }
}

/// DLRM training on the tables of Criteo Kaggle, beside TorchRec and FBGEMM: bottom 13-512-256-D, dot interaction, top
/// ...-512-256-1, row-wise Adagrad inside backward for the tables, Adagrad for the dense part.
///
/// Naumov et al. 2019, "Deep Learning Recommendation Model", arXiv:1906.00091.
struct SparseDLRM: Benchmark {
  static let name = "sparse-dlrm"
  static let summary = "DLRM training, 26 Criteo Kaggle tables, beside TorchRec's fused collection and FBGEMM"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] {
    let clock = SparseClock(isThreadTime: setting.threads == 1)
    let isSingle = setting.threads == 1
    let ceilings = try Ceilings()
    let settings: [(dimension: Int, batch: Int, atLeast: Double)] =
      isSingle ? [(16, 2048, 1.4)] : [(16, 2048, 1.6), (16, 8192, 1.45), (64, 2048, 1.6)]
    var rows: [Row] = []
    for (dimension, batch, atLeast) in settings {
      let workload = try RankerWorkload(
        .dlrm(.init(dimension: dimension)), rows: SparseIDs.criteoKaggle, batch: batch, clock: clock,
        seed: setting.seed)
      let floors = try workload.floors(ceilings)
      for variant in ["torchrec", "tbe"] {
        let peer = try Peer(
          "dlrm.py",
          [
            "--serve", "--variant", variant, "--dim", "\(dimension)", "--batch", "\(batch)", "--threads",
            "\(setting.threads)",
          ], setting: setting, python: SparsePeer.python)
        _ = try (peer.turn("run 0.5"), clock.turn(0.5, workload.step))
        let found = try alternateLaps(rounds: setting.rounds) {
          try clock.turn(0.5, workload.step)
        } peer: {
          try peer.turn("run 0.5")
        }
        rows += try SparsePeer.rows(
          Self.name, found, clock, ["step": atLeast], peer: "dlrm.py --variant \(variant)",
          "DLRM, D \(dimension), batch \(batch), against \(variant)", setting: setting, floors: floors)
      }
    }
    return rows
  }
}

/// What the sparse benchmarks share.
enum SparsePeer {
  static let python = ".venv-torchrec"

  /// A row for each lap that has a ratio to reach.
  static func rows(
    _ benchmark: String, _ found: [String: Comparison], _ clock: SparseClock, _ atLeast: [String: Double], peer: String,
    _ what: String, setting: Setting, floors: [String: Double] = [:]
  ) throws -> [Row] {
    try atLeast.sorted { $0.key > $1.key }.map { lap, ratio in
      guard let comparison = found[clock.key(lap)] else {
        throw BenchmarkError("Benchmarks/peers/\(peer) told no \(clock.key(lap))")
      }
      let place = clock.isThreadTime ? "1 thread, CPU clock" : "\(setting.threads) threads"
      return Row(
        benchmark, "\(what): \(lap), \(place)", unit: "ms", comparison: comparison,
        peerName: "Benchmarks/peers/\(peer)",
        atLeast: ratio,
        note: floors[lap].map {
          "floor \(Report.figure($0)) ms, ours \(Report.figure(comparison.ours / $0)) times that"
        })
    }
  }
}
