import Foundation
import Sparse
import Torch
import TorchNN

/// Lookups in int8 and int4 rows, beside the better of FBGEMM's and PyTorch's.
struct SparseQuantized: Benchmark {
  static let name = "sparse-quantized"
  static let summary = "int8 and int4 lookups, D 64, beside FBGEMM's IntNBit and PyTorch's rowwise operators"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] {
    let clock = SparseClock(isThreadTime: setting.threads == 1)
    let (tables, count, dimension, batch) = (26, 1_000_000, 64, 2048)
    let keys = (0..<tables).map { "feature_\($0)" }
    let ceilings = try Ceilings()
    var rows: [Row] = []
    for (type, variants) in [
      (EmbeddingDataType.int8, ["tbe_int8", "torch_byte"]), (.int4, ["tbe_int4", "torch_4bit"]),
    ] {
      let bags = try QuantizedEmbeddingBagCollection(
        tables: keys.map {
          EmbeddingBagConfig(name: $0, numEmbeddings: count, embeddingDim: dimension, dataType: type)
        })
      for pooling in [1, 20] {
        let generator = try Generator(seed: setting.seed)
        let offsets = try Tensor.arange(0, tables * batch * pooling + 1, step: pooling)
        let batches = try (0..<(pooling == 1 ? 10 : 3)).map { _ in
          let ids = try keys.map { _ in
            try SparseIDs.draw(batch * pooling, rows: count, law: .zipf, generator: generator)
          }
          return try KeyedJaggedTensor(keys: keys, values: Tensor.cat(ids, dim: 0), offsets: offsets)
        }
        let tensors = try keys.map { _ in try Tensor.zeros([count, type.rowBytes(dimension)], dtype: .uint8) }
        let floors = [
          "forward": try Ceilings.touching(tensors, batches.map { try $0.values.reshape([tables, -1]) })
            + Double(batch * tables * dimension * 4) / ceilings.writeRate * 1e3
        ]
        var next = 0
        func step() throws -> [String: Double] {
          let batch = batches[next % batches.count]
          next += 1
          let began = clock.now()
          let output = try bags(batch)
          let ended = clock.now()
          withExtendedLifetime(output) {}
          return ["forward": ended - began]
        }
        for variant in variants {
          let peer = try Peer(
            "quantized.py",
            [
              "--serve", "--variant", variant, "--dim", "\(dimension)", "--pooling", "\(pooling)", "--ids", "zipf",
              "--threads", "\(setting.threads)",
            ], setting: setting, python: SparsePeer.python)
          _ = try (peer.turn("run 0.3"), clock.turn(0.3, step))
          let found = try alternateLaps(rounds: setting.rounds) {
            try clock.turn(0.3, step)
          } peer: {
            try peer.turn("run 0.3")
          }
          rows += try SparsePeer.rows(
            Self.name, found, clock, ["forward": setting.threads == 1 ? 1.3 : 2],
            peer: "quantized.py --variant \(variant)",
            "\(type.rawValue), D \(dimension), pooling \(pooling), zipf, against \(variant)", setting: setting,
            floors: floors)
        }
      }
    }
    return rows
  }
}

/// 1,024 lookups in 10 million rows of 64, output included.
struct SparseShowcase: Benchmark {
  static let name = "sparse-showcase"
  static let summary = "the showcase's 1,024 lookups in 10 M x 64"
  static let isLong = true

  func run(_ setting: Setting) throws -> [Row] {
    let (rows, batch) = (10_000_000, 1024)
    let bags = try EmbeddingBagCollection(
      tables: [EmbeddingBagConfig(name: "item", numEmbeddings: rows, embeddingDim: 64, initialiser: .constant(0.01))])
    let generator = try Generator(seed: setting.seed)
    let batches = try (0..<64).map { _ in
      try KeyedJaggedTensor(
        keys: ["item"], values: SparseIDs.draw(batch, rows: rows, law: .uniform, generator: generator),
        offsets: Tensor.arange(0, batch + 1, step: 1))
    }
    let clock = SparseClock(isThreadTime: false)
    var times: [Double] = []
    for index in 0..<2000 {
      let batch = batches[index % batches.count]
      let began = clock.now()
      let output = try noGrad { try bags(batch) }
      times.append(clock.now() - began)
      withExtendedLifetime(output) {}
    }
    let middle = median(times)
    return [
      Row(
        Self.name, "1,024 lookups in 10 M x 64, output included, \(setting.threads) threads", unit: "ms", ours: middle,
        target: "0.15 ms", isMet: middle <= 0.15, rounds: times.count)
    ]
  }
}
