import Foundation
import Sparse
import Torch
import TorchNN

/// Sum-pooled lookups and their exact row-wise Adagrad updates over equal tables.
final class LookupWorkload {
  private let bags: EmbeddingBagCollection
  private let batches: [KeyedJaggedTensor]
  private let gradient: Tensor
  private let clock: SparseClock
  private var next = 0

  init(
    dimension: Int, pooling: Int, law: SparseIDs.Law, tables: Int, rows: Int = 1_000_000, batch: Int = 2048,
    clock: SparseClock, seed: UInt64
  ) throws {
    self.clock = clock
    let generator = try Generator(seed: seed)
    let keys = (0..<tables).map { "feature_\($0)" }
    bags = try EmbeddingBagCollection(
      tables: keys.map {
        EmbeddingBagConfig(name: $0, numEmbeddings: rows, embeddingDim: dimension, initialiser: .constant(0.01))
      }, optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01))
    let offsets = try Tensor.arange(0, tables * batch * pooling + 1, step: pooling)
    batches = try (0..<(pooling == 1 ? 12 : 3)).map { _ in
      let ids = try keys.map { _ in
        try SparseIDs.draw(batch * pooling, rows: rows, law: law, generator: generator)
      }
      return try KeyedJaggedTensor(keys: keys, values: Tensor.cat(ids, dim: 0), offsets: offsets)
    }
    gradient = try Tensor.full([batch, tables * dimension], 1e-3)
  }

  /// Milliseconds that memory alone takes for a forward and a backward.
  func floors(_ ceilings: Ceilings) throws -> [String: Double] {
    let tables = bags.configs.compactMap { bags.weight(of: $0.name) }
    let ids = try batches.map { try $0.values.reshape([tables.count, -1]) }
    let state = try tables.map { try Tensor.zeros([$0.shape[0], 1]) }
    let pooled = Double(gradient.count * 4)
    return [
      "forward": try Ceilings.touching(tables, ids) + pooled / ceilings.writeRate * 1e3,
      "backward": try Ceilings.rewriting(tables, ids) + Ceilings.rewriting(state, ids)
        + pooled / ceilings.readRate * 1e3,
    ]
  }

  private func take() -> KeyedJaggedTensor {
    next += 1
    return batches[next % batches.count]
  }

  func lookUp() throws -> [String: Double] {
    let batch = take()
    let began = clock.now()
    let output = try noGrad { try bags(batch) }
    let ended = clock.now()
    withExtendedLifetime(output) {}
    return ["forward": ended - began]
  }

  func train() throws -> [String: Double] {
    let output = try bags(take()).values
    let began = clock.now()
    try output.backward(gradient: gradient)
    return ["backward": clock.now() - began]
  }

  func turn(_ seconds: Double) throws -> [String: Double] {
    try clock.turn(seconds / 2, lookUp).merging(clock.turn(seconds / 2, train)) { first, _ in first }
  }
}

private func lookups(_ name: String, pooling: Int, _ setting: Setting) throws -> [Row] {
  let clock = SparseClock(isThreadTime: setting.threads == 1)
  let isSingle = setting.threads == 1
  let single = pooling == 1
  let ceilings = try Ceilings()
  var rows: [Row] = []
  for dimension in [16, 64, 128] {
    // Ours and the peer stand in memory together: at D 128 half the tables fit.
    let tables = dimension == 128 ? 13 : 26
    for law in [SparseIDs.Law.zipf, .uniform] {
      let workload = try LookupWorkload(
        dimension: dimension, pooling: pooling, law: law, tables: tables, clock: clock, seed: setting.seed)
      let floors = try workload.floors(ceilings)
      for variant in ["tbe", "embeddingbag"] {
        let peer = try Peer(
          "embeddings.py",
          [
            "--serve", "--variant", variant, "--dim", "\(dimension)", "--pooling", "\(pooling)", "--ids", law.rawValue,
            "--tables", "\(tables)", "--threads", "\(setting.threads)",
          ], setting: setting, python: SparsePeer.python)
        _ = try (peer.turn("run 0.5"), workload.turn(0.5))
        let found = try alternateLaps(rounds: setting.rounds) {
          try workload.turn(0.5)
        } peer: {
          try peer.turn("run 0.5")
        }
        var atLeast: [String: Double] = [:]
        if variant == "tbe" {
          atLeast = ["forward": isSingle ? (single ? 1.5 : 1.3) : (single ? 3 : 2.2)]
          atLeast["backward"] = isSingle ? (single ? 1.5 : 1.35) : (single ? 3 : 2.2)
        } else if !isSingle {
          atLeast = single ? ["backward": 6] : ["forward": 1.5, "backward": 6]
        } else {
          continue
        }
        rows += try SparsePeer.rows(
          name, found, clock, atLeast, peer: "embeddings.py --variant \(variant)",
          "\(tables) x 1 M rows, D \(dimension), pooling \(pooling), \(law.rawValue), against \(variant)",
          setting: setting, floors: floors)
      }
    }
  }
  return rows
}

struct SparseLookups1: Benchmark {
  static let name = "sparse-lookups-1"
  static let summary = "lookup and exact row-wise Adagrad, one id a bag, beside FBGEMM and EmbeddingBag"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] { try lookups(Self.name, pooling: 1, setting) }
}

struct SparseLookups20: Benchmark {
  static let name = "sparse-lookups-20"
  static let summary = "lookup and exact row-wise Adagrad, 20 ids a bag, beside FBGEMM and EmbeddingBag"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] { try lookups(Self.name, pooling: 20, setting) }
}
