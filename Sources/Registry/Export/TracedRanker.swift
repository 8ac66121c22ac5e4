import Features
import Foundation
import Models
import Sparse
import Torch
import TorchNN

extension TorchScriptExport {
  /// - Throws: as ``write(_:to:)-(RunDirectory,_)``.
  @discardableResult
  public static func write(_ model: any Ranker, to path: String) throws -> Report {
    try model.evaluating { try write(TracedRanker(model), to: path) }
  }
}

/// A ranker whose tables are one: row `i` of feature `f` is row `first[f] + i`, so that one `embedding_bag` looks all features up,
/// however many rows a batch has.
struct TracedRanker: TracedModel {
  private let model: any Ranker
  private let space: FeatureSpace
  /// The tables end to end, by what is looked up: the vectors, the first-order weights.
  private var tables: [NamedTensor] = []
  /// `[F]`: where each feature's rows begin.
  private let first: Tensor
  /// `[F, 1, 1]`: 1 for a feature whose rows are averaged, 0 for one whose rows are added.
  private let averaged: Tensor?
  private let embedding: FeatureEmbedding?

  init(_ model: any Ranker) throws {
    self.model = model
    space = model.space
    embedding = model.modules().lazy.compactMap { $0 as? FeatureEmbedding }.first
    var starts: [Int64] = [0]
    for feature in space.categorical { starts.append((starts.last ?? 0) + Int64(feature.rows)) }
    first = try Tensor(Array(starts.dropLast()))
    averaged =
      space.categorical.contains { $0.kind == .sequence }
      ? try Tensor(
        space.categorical.map { $0.kind == .sequence ? 1 : 0 as Float }, shape: [space.categorical.count, 1, 1])
      : nil
    guard let collection = embedding?.embeddings else { return }
    // The collection has the tables of all features, and then, where there are two layers, those of the first order.
    let count = space.categorical.count
    for (place, start) in stride(from: 0, to: collection.configs.count, by: count).enumerated() {
      let parts = try collection.configs[start..<start + count].map { config in
        guard let weight = collection.weight(of: config.name) else {
          throw RegistryError(
            .invalid, model.modelName, received: "no table \"\(config.name)\"", remedy: "export a run of swiftrec")
        }
        let rows = try weight.detach().cpu()
        return config.dataType.isQuantized
          ? try RowTables.dequantize(rows, from: config.dataType.rowType, dimension: config.embeddingDim)
          : try rows.to(dtype: .float32)
      }
      tables.append((place == 0 ? "embeddings.weight" : "embeddings.linear", try Tensor.cat(parts, dim: 0)))
    }
  }

  var signature: ModelSignature {
    var inputs: [TensorSignature] = []
    if !space.dense.isEmpty { inputs.append(TensorSignature("dense", .float32, shape: [-1, space.dense.count])) }
    if !space.categorical.isEmpty {
      inputs.append(TensorSignature("values", .int64, shape: [-1]))
      inputs.append(TensorSignature("offsets", .int64, shape: [-1]))
    }
    if isWeighted { inputs.append(TensorSignature("weights", .float32, shape: [-1])) }
    inputs += space.vectors.enumerated().map { TensorSignature("vector_\($0)", .float32, shape: [-1, $1.width]) }
    // Rows of two requests can't be joined where ids lie key by key.
    return ModelSignature(
      inputs: inputs, outputs: [TensorSignature("logits", .float32, shape: [-1, space.labels.count])],
      isBatched: space.categorical.isEmpty)
  }

  private var isWeighted: Bool { space.categorical.contains(where: \.isWeighted) }

  var parameters: [NamedTensor] {
    tables + model.namedParameters().filter { !$0.name.contains("embedding_bags.") }
  }

  var buffers: [NamedTensor] {
    model.namedBuffers().filter { !$0.name.contains("embedding_bags.") }
      + (tables.isEmpty ? [] : [("embeddings.first", first)])
      + (averaged.map { [("embeddings.averaged", $0)] } ?? [])
  }

  func inputs(rows: Int, shift: Int) throws -> [(name: String, tensor: Tensor)] {
    let batch = try SampleBatch.features(of: space, rows: rows, shift: shift)
    var inputs: [Tensor] = []
    if !space.dense.isEmpty { inputs.append(batch.dense) }
    if !space.categorical.isEmpty { inputs += [batch.sparse.values, try batch.sparse.offsets] }
    if isWeighted, let weights = batch.sparse.weights { inputs.append(weights) }
    inputs += space.vectors.compactMap { batch.vectors[$0.name] }
    return Array(zip(signature.inputs.map(\.name), inputs)).map { (name: $0.0, tensor: $0.1) }
  }

  func forward(_ inputs: [Tensor]) throws -> Tensor {
    let given = Dictionary(zip(signature.inputs.map(\.name), inputs), uniquingKeysWith: { first, _ in first })
    let nothing = try KeyedJaggedTensor(keys: [], values: Tensor([Int64]()), lengths: Tensor([Int64]()))
    var vectors: [String: Tensor] = [:]
    for (place, vector) in space.vectors.enumerated() { vectors[vector.name] = given["vector_\(place)"] }
    let labels = try Tensor.zeros([1, space.labels.count])
    let batch = FeatureBatch(dense: given["dense"] ?? labels, sparse: nothing, vectors: vectors, labels: labels)
    embedding?.lookup = {
      guard let values = given["values"], let offsets = given["offsets"] else { return [] }
      return try tables.map { try look(up: $0.tensor, values, offsets, given["weights"]) }
    }
    defer { embedding?.lookup = nil }
    return try model.predict(batch).logits
  }

  /// `[B, F * D]`: each feature's bags pooled, side by side.
  private func look(up table: Tensor, _ values: Tensor, _ offsets: Tensor, _ weights: Tensor?) throws -> Tensor {
    let count = space.categorical.count
    let lengths = try offsets.slice(dim: 0, start: 1, end: nil).sub(offsets.slice(dim: 0, start: 0, end: -1))
    let shift = try first.repeatInterleave(lengths.reshape([count, -1]).sum(dim: [1]))
    let bags = try table.embeddingBag(
      indices: values.add(shift), offsets: offsets, scaleGradByFreq: false, mode: 0, sparse: false,
      perSampleWeights: weights, includeLastOffset: true, paddingIdx: nil
    ).result0
    var pooled = try bags.reshape([count, -1, table.shape[1]])
    if let averaged {
      // 1 for a feature that is added, the length for one that is averaged, and 1 for none.
      let sizes = try lengths.clampMin(min: 1).mul(1.0).reshape([count, -1, 1])
      pooled = try pooled.div(sizes.sub(1).mul(averaged).add(1))
    }
    return try pooled.transpose(0, 1).reshape([-1, count * table.shape[1]])
  }

  func expected(rows: Int, shift: Int) throws -> Tensor {
    try model.predict(SampleBatch.features(of: space, rows: rows, shift: shift)).logits
  }
}
