import Features
import Foundation
import Models
import Sparse
import Torch
import TorchNN

/// Ids that follow Zipf's law nearly: `rows^u` of a uniform `u`, so that low ids come most often.
private func skewed(_ count: Int, rows: Int, _ generator: Generator) throws -> Tensor {
  try Tensor.rand([count], generator: generator).mul(log(Double(rows))).exp().sub(1)
    .clamp(min: 0, max: Double(rows - 1)).to(dtype: .int64)
}

/// Bytes a second that a long copy moves, read and written.
private func copyRate(_ bench: Bench, bytes: Int) throws -> Double {
  let source = try Tensor.zeros([bytes / 4], device: bench.device)
  let target = try source.clone()
  _ = try target.copy_(source)
  let seconds = try bench.seconds { for _ in 0..<10 { _ = try target.copy_(source) } }
  return 10 * 2 * Double(bytes) / seconds
}

/// The kernels' share of the device's memory bandwidth: a figure, no verdict.
private func bandwidth(_ dimension: Int, pooling: Int, type: EmbeddingDataType) -> Check {
  Check("embedding kernels' bandwidth: D \(dimension), \(pooling) ids a bag, \(type.rawValue)") { bench in
    let small = bench.device.isCPU
    let (tables, rows, samples) = small ? (2, 500, 8) : (26, 1_000_000, 8_192)
    let generator = try Generator(seed: 51)
    let bags = try EmbeddingBagCollection(
      tables: (0..<tables).map {
        EmbeddingBagConfig(
          name: "t\($0)", numEmbeddings: rows, embeddingDim: dimension, dataType: type, initialiser: .constant(0.5))
      }, optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01), device: bench.device)
    if small { bags.emulateGPU() }
    let count = tables * samples * pooling
    let features = try KeyedJaggedTensor(
      keys: (0..<tables).map { "t\($0)" }, values: skewed(count, rows: rows, generator),
      offsets: Tensor.arange(0, count + 1, step: pooling)
    ).to(device: bench.device)
    let slope = try Tensor.ones([samples, tables * dimension], device: bench.device)
    func forward() throws -> Tensor { try bags(features).values }
    for _ in 0..<3 { try forward().backward(gradient: slope) }
    let rounds = small ? 1 : 20
    let ahead = try bench.seconds { for _ in 0..<rounds { try noGrad { _ = try forward() } } } / Double(rounds)
    let both = try bench.seconds { for _ in 0..<rounds { try forward().backward(gradient: slope) } } / Double(rounds)
    let peak = try copyRate(bench, bytes: small ? 1 << 20 : 1 << 28)
    let rowBytes = Double(dimension * type.dtypeSize)
    let outputs = Double(samples * tables * dimension * 4)
    let firstRows = try Tensor.arange(tables).mul(rows).repeatInterleave(samples * pooling).to(device: bench.device)
    let unique = try Double((features.values + firstRows)._unique2(sorted: false).0.count)
    let lookupBytes = Double(count) * (rowBytes + 8) + outputs
    // Each different row read and written with its state; the gradient of every use read once.
    let updateBytes = unique * 2 * (rowBytes + 4) + Double(count * dimension * 4)
    func share(_ bytes: Double, _ seconds: Double) -> String {
      "\((seconds * 1e6).rounded()) us, \((bytes / seconds / 1e9).rounded()) GB/s, "
        + "\((100 * bytes / seconds / peak).rounded()) % of a copy's \((peak / 1e9).rounded())"
    }
    say("        lookup \(share(lookupBytes, ahead))")
    say("        update \(share(updateBytes, both - ahead)) (backward: keys, sort, update)")
    try bench.expect(both.isFinite && ahead > 0, "no time was measured")
  }
}

extension EmbeddingDataType {
  fileprivate var dtypeSize: Int { self == .fp32 ? 4 : 2 }
}

/// DLRM at Criteo's shape: 13 numbers, 26 tables.
private func dlrm(_ rows: Int, _ device: Device) throws -> DLRM {
  let space = FeatureSpace(
    dense: (0..<13).map { "i\($0)" }, categorical: (0..<26).map { .init("c\($0)", rows: $0 % 5 == 0 ? 4 : rows) })
  let model = try DLRM(
    .init(dimension: 16, bottom: [64, 32], top: [64, 32]), space: space, generator: Generator(seed: 61))
  try model.to(device: device)
  return model
}

private func clicks(_ samples: Int, rows: Int, _ device: Device) throws -> FeatureBatch {
  let generator = try Generator(seed: 62)
  let ids = try (0..<26).map {
    try Tensor.randint(low: 0, high: $0 % 5 == 0 ? 4 : rows, shape: [samples], generator: generator)
  }
  return try FeatureBatch(
    dense: Tensor.randn([samples, 13], generator: generator),
    sparse: KeyedJaggedTensor(
      keys: (0..<26).map { "c\($0)" }, values: Tensor.cat(ids, dim: 0), offsets: Tensor.arange(samples * 26 + 1)),
    labels: Tensor.rand([samples, 1], generator: generator).round()
  ).to(device: device)
}

private func step(_ model: DLRM, _ batch: FeatureBatch, _ optimizer: any Optimizer) throws -> Tensor {
  try optimizer.zeroGrad()
  let loss = try Loss.bceWithLogits(model.predict(batch).logits, batch.labels)
  try loss.backward()
  try optimizer.step()
  return loss
}

let sparseSpeedChecks: [Check] =
  [
    Check("DLRM: five steps") { bench in
      func run(_ device: Device) throws -> [Double] {
        let model = try dlrm(500, device)
        let optimizer = try SGD(model.namedParameters(), learningRate: 0.1)
        let batch = try clicks(256, rows: 500, device)
        return try (0..<5).map { _ in try step(model, batch, optimizer).item() }
      }
      for (here, there) in zip(try run(.cpu), try run(bench.device)) {
        try bench.expect(abs(here - there) <= Bench.tolerance, "loss \(here) on the CPU, \(there) on \(bench.device)")
      }
    },
    Check("DLRM: milliseconds a step, D 16, batch 8,192") { bench in
      let small = bench.device.isCPU
      let model = try dlrm(small ? 100 : 1_000_000, bench.device)
      let optimizer = try SGD(model.namedParameters(), learningRate: 0.1)
      let batch = try clicks(small ? 64 : 8_192, rows: small ? 100 : 1_000_000, bench.device)
      for _ in 0..<3 { _ = try step(model, batch, optimizer) }
      let rounds = small ? 2 : 50
      let seconds = try bench.seconds { for _ in 0..<rounds { _ = try step(model, batch, optimizer) } }
      say("        \((seconds / Double(rounds) * 1e5).rounded() / 100) ms a step")
    },
  ]
  + [(16, 1, EmbeddingDataType.fp32), (64, 1, .fp32), (64, 20, .fp32), (128, 20, .fp32), (64, 20, .fp16)].map {
    bandwidth($0.0, pooling: $0.1, type: $0.2)
  }
