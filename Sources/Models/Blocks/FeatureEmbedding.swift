import Features
import Sharding
import Sparse
import Torch
import TorchNN

/// The first step of every ranker: one lookup for all categorical features, and a projection for each frozen vector.
///
/// A feature is one table: a single id is its row, a bag the sum of its rows, a sequence their mean; weights of ids multiply
/// the rows. Parameters: `embeddings.embedding_bags.<feature>.weight` `[rows, D]`,
/// `embeddings.embedding_bags.<feature>:linear.weight` `[rows, 1]` for a first order beside the vectors,
/// `vectors.<name>.weight` `[D, W]` with `.bias`.
public final class FeatureEmbedding: Module {
  /// What a feature is embedded into.
  public struct Layout: Sendable, Equatable {
    /// `D`; nil for no vectors.
    public var dimension: Int?
    /// Whether each id has a first-order weight.
    public var hasFirstOrder: Bool
    /// The standard deviation of the initial vectors; first-order weights begin at zero.
    public var initialStd: Double

    public init(dimension: Int?, hasFirstOrder: Bool = false, initialStd: Double = 0.01) {
      self.dimension = dimension
      self.hasFirstOrder = hasFirstOrder
      self.initialStd = initialStd
    }

    /// The tables of a space, vectors first; a table of first-order weights has the dimension 1.
    public func tables(in space: FeatureSpace, _ tables: RankerTables) -> [EmbeddingBagConfig] {
      func configs(_ dimension: Int, _ suffix: String, _ initialiser: Initialiser) -> [EmbeddingBagConfig] {
        space.categorical.map { feature in
          EmbeddingBagConfig(
            name: feature.name + suffix, numEmbeddings: feature.rows, embeddingDim: dimension,
            featureNames: [feature.name], pooling: feature.kind == .sequence ? .mean : .sum, dataType: tables.dataType,
            initialiser: initialiser, placement: tables.placement)
        }
      }
      let vectors = dimension.map { configs($0, "", .normal(mean: 0, std: initialStd)) } ?? []
      return vectors + (hasFirstOrder ? configs(1, dimension == nil ? "" : ":linear", .zeros) : [])
    }
  }

  public let space: FeatureSpace
  public let layout: Layout
  /// nil where the space has no categorical feature, and where the tables are divided over processes.
  public let embeddings: EmbeddingBagCollection?
  /// The tables where they are divided.
  public let sharded: ShardedEmbeddingBagCollection?
  private let projections: [Linear]
  /// What looks the tables up in place of the collection: while a trace is recorded, which must see LibTorch's own operators.
  package var lookup: (() throws -> [Tensor])?

  /// - Parameters:
  ///   - parameters: those of the model.
  ///   - model: its name, for errors.
  /// - Throws: `ModelError.invalidConfiguration` with every fault of the parameters and of the space; `SparseError` for tables
  ///   that can't be made.
  public init<Parameters: RankerParameters>(
    _ parameters: Parameters, of model: String, space: FeatureSpace, tables: RankerTables, generator: Generator?
  ) throws {
    let faults =
      parameters.faults + parameters.contradictions + space.faults(severalGoals: Parameters.takesSeveralGoals)
    guard faults.isEmpty else {
      throw ModelError(
        code: .invalidConfiguration,
        message: "model \"\(model)\": " + faults.map(\.description).joined(separator: "; "), faults: faults)
    }
    self.space = space
    layout = parameters.embedding
    let configs = layout.tables(in: space, tables)
    let members = Members()
    let isWeighted = space.categorical.contains(where: \.isWeighted)
    if configs.isEmpty {
      (embeddings, sharded) = (nil, nil)
    } else if tables.dataType.isQuantized {
      // Compressed rows answer and don't learn.
      embeddings = members.add("embeddings", try EmbeddingBagCollection(frozen: configs, isWeighted: isWeighted))
      sharded = nil
    } else if let world = tables.world, let optimizer = tables.optimizer {
      embeddings = nil
      sharded = members.add(
        "embeddings",
        try ShardedEmbeddingBagCollection(
          tables: configs, isWeighted: isWeighted, optimizer: optimizer, plan: world.plan, group: world.group,
          formats: world.formats, generator: generator))
    } else {
      embeddings = members.add(
        "embeddings",
        try EmbeddingBagCollection(
          tables: configs, isWeighted: isWeighted, optimizer: tables.optimizer, generator: generator))
      sharded = nil
    }
    let dimension = layout.dimension
    projections =
      try dimension.map { dimension in
        try space.vectors.map { try Linear($0.width, dimension, generator: generator) }
      } ?? []
    if !projections.isEmpty {
      let named = Members()
      for (vector, projection) in zip(space.vectors, projections) { named.add(vector.name, projection) }
      members.add("vectors", Module(named))
    }
    super.init(members)
  }

  /// `M`: the vectors that a row has.
  public var fieldCount: Int { layout.dimension == nil ? 0 : space.categorical.count + space.vectors.count }

  /// `M * D + N`, the width of ``EmbeddedFeatures/joined()``.
  public var width: Int { fieldCount * (layout.dimension ?? 0) + space.dense.count }

  /// - Parameter meanwhile: is given the numbers `[B, N]`, and computes what needs no vectors while those of divided tables are on
  ///   their way; the gradients' way is hidden behind its backward.
  /// - Throws: `ModelError.missingInput` for features that the batch lacks; `SparseError` for an id outside its table.
  public func callAsFunction(
    _ batch: FeatureBatch, meanwhile: (_ dense: Tensor) throws -> Void = { _ in }
  ) throws -> EmbeddedFeatures {
    if lookup == nil { try requireFeatures(batch) }
    let vectors = space.vectors.compactMap { batch.vectors[$0.name] }
    var parts: [Tensor] = []
    var firstOrder: Tensor?
    func numbers(like rows: Tensor?) throws -> Tensor {
      guard space.dense.isEmpty else { return batch.dense }
      return try nothing(like: rows)
    }
    // No columns of what has as many rows.
    func nothing(like rows: Tensor?) throws -> Tensor {
      try rows?.narrow(dim: 1, start: 0, length: 0) ?? Tensor.zeros([self.rows(batch), 0], device: batch.dense.device)
    }
    let dense: Tensor
    let count = space.categorical.count
    let counts = layout.dimension == nil || !layout.hasFirstOrder ? [count] : [count, count]
    if let lookup {
      parts = try lookup()
      dense = try numbers(like: parts.first ?? vectors.first)
      try meanwhile(dense)
    } else if let embeddings {
      parts = try embeddings.pooled(batch.sparse, slotsPerOutput: counts)
      dense = try numbers(like: parts.first)
      try meanwhile(dense)
    } else if let sharded {
      let rows = try sharded.lookUp(batch.sparse)
      dense = try numbers(like: nil)
      try meanwhile(dense)
      let (pooled, widths) = (try rows.wait(), sharded.embeddingWidths)
      parts =
        try counts.count == 1
        ? [pooled]
        : pooled.splitWithSizes(
          splitSizes: counts.indices.map { widths[$0 * count..<($0 + 1) * count].reduce(0, +) }, dim: 1
        ).map { try $0.contiguous() }
    } else {
      dense = try numbers(like: vectors.first)
      try meanwhile(dense)
    }
    if layout.hasFirstOrder, !parts.isEmpty { firstOrder = parts.removeLast() }
    for (projection, vector) in zip(projections, vectors) { parts.append(try projection(vector)) }
    let fields =
      parts.isEmpty
      ? try nothing(like: dense)
      : parts.count == 1 ? parts[0] : try Tensor.cat(parts, dim: 1)
    return EmbeddedFeatures(fields: fields, firstOrder: firstOrder, dense: dense, vectors: vectors)
  }

  /// `B` by what the space has.
  private func rows(_ batch: FeatureBatch) -> Int {
    if !space.dense.isEmpty { return batch.dense.shape.first ?? 0 }
    if !space.categorical.isEmpty { return batch.sparse.stride }
    return space.vectors.compactMap { batch.vectors[$0.name]?.shape.first }.first ?? 0
  }

  private func requireFeatures(_ batch: FeatureBatch) throws {
    func lacking(_ what: String, _ remedy: String) -> ModelError {
      ModelError(code: .missingInput, message: "the batch has \(what); \(remedy)")
    }
    let count = space.dense.count
    if count > 0, batch.dense.rank != 2 || batch.dense.shape[1] != count {
      throw lacking("numbers of shape \(batch.dense.shape)", "give [B, \(count)], a column for each of the space")
    }
    let keys = batch.sparse.indexPerKey
    let absent = space.categorical.map(\.name).filter { keys[$0] == nil }
    if !absent.isEmpty {
      throw lacking(
        "no \(absent.map { "\"\($0)\"" }.joined(separator: ", "))",
        "give the \(space.categorical.count) categorical features of the space")
    }
    let rows = rows(batch)
    if !space.categorical.isEmpty, batch.sparse.stride != rows {
      throw lacking("ids of \(batch.sparse.stride) rows and numbers of \(rows)", "give as many of both")
    }
    for vector in space.vectors {
      let shape = batch.vectors[vector.name]?.shape
      guard shape != [rows, vector.width] else { continue }
      throw lacking(
        shape.map { "a vector \"\(vector.name)\" of shape \($0)" } ?? "no vector \"\(vector.name)\"",
        "give [\(rows), \(vector.width)]")
    }
    if space.categorical.contains(where: \.isWeighted), batch.sparse.weights == nil {
      throw lacking("no weights of its ids", "give [N] float32, 1 where a feature has none")
    }
  }
}

extension Ranker {
  /// The tables of all categorical features where they are divided over processes.
  public var shardedEmbeddings: ShardedEmbeddingBagCollection? {
    for case let module as ShardedEmbeddingBagCollection in modules() { return module }
    return nil
  }

  /// The tables of all categorical features; nil where the space has none.
  public var embeddings: EmbeddingBagCollection? {
    for case let module as EmbeddingBagCollection in modules() { return module }
    return nil
  }
}
