import Torch
import TorchNN

/// Pooled embeddings of many features at once: TorchRec's `EmbeddingBagCollection`.
///
/// With an optimiser the rows are updated inside the backward pass, touching only rows of the batch; the weights are buffers
/// then, and no outer optimiser sees them. Without one they are parameters with sparse gradients: the plain path.
///
/// ```swift
/// let bags = try EmbeddingBagCollection(
///   tables: [
///     EmbeddingBagConfig(name: "user", numEmbeddings: 1_000, embeddingDim: 16),
///     EmbeddingBagConfig(name: "item", numEmbeddings: 5_000, embeddingDim: 32, pooling: .mean),
///   ], optimizer: EmbeddingOptimizer(.rowWiseAdagrad(), learningRate: 0.01))
/// let pooled = try bags(features)      // KeyedTensor, values [B, 48]
/// try loss(pooled.values).backward()   // the rows are updated here
/// ```
public final class EmbeddingBagCollection: Module {
  public let configs: [EmbeddingBagConfig]
  /// Whether the weights of the ids are applied.
  public let isWeighted: Bool
  let tables: EmbeddingTables

  /// - Parameters:
  ///   - tables: one config a table; a feature may be looked up in several.
  ///   - isWeighted: multiply each row by its id's weight; the features must carry weights then.
  ///   - optimizer: the rule of every table, applied in backward; nil for the plain path.
  ///   - optimizers: rules of single tables, by name.
  ///   - device: where tables with `.device` placement live.
  /// - Throws: `SparseError` that lists every fault of the configs at once; `.memory` with the arithmetic when the tables
  ///   can't fit.
  public init(
    tables configs: [EmbeddingBagConfig], isWeighted: Bool = false, optimizer: EmbeddingOptimizer? = nil,
    optimizers: [String: EmbeddingOptimizer] = [:], device: Device = .cpu, generator: Generator? = nil
  ) throws {
    self.configs = configs
    self.isWeighted = isWeighted
    tables = try EmbeddingTables(
      configs, optimizer: optimizer, optimizers: optimizers, device: device, generator: generator)
    let members = Members()
    members.add("embedding_bags", tables)
    super.init(members)
  }

  /// Tables that are there already and are not trained.
  init(_ configs: [EmbeddingBagConfig], isWeighted: Bool, frozen rows: [Tensor]) {
    self.configs = configs
    self.isWeighted = isWeighted
    tables = EmbeddingTables(zip(configs, rows).map { EmbeddingTable($0, frozen: $1) })
    let members = Members()
    members.add("embedding_bags", tables)
    super.init(members)
  }

  /// Tables of any type that are not trained and whose rows are put in place right after: what they hold is not set.
  ///
  /// - Throws: `SparseError` for an odd dimension with `.int4`; `TorchError` when memory can't be had.
  package convenience init(frozen configs: [EmbeddingBagConfig], isWeighted: Bool) throws {
    for config in configs where config.dataType == .int4 && config.embeddingDim % 2 != 0 {
      throw SparseError(
        .config, "table \"\(config.name)\": int4 rows need an even dimension, got \(config.embeddingDim); take int8")
    }
    let rows = try configs.map { config in
      let columns = config.dataType.isQuantized ? config.dataType.rowBytes(config.embeddingDim) : config.embeddingDim
      return try Tensor.empty([config.numEmbeddings, columns], dtype: config.dataType.dtype)
    }
    self.init(configs, isWeighted: isWeighted, frozen: rows)
  }

  /// The keys of the output: the features, table by table; `feature@table` where a feature is in several.
  public var embeddingNames: [String] { tables.slots.map(\.name) }

  /// Looks everything up by single operators, as on a GPU.
  package func avoidKernels() { tables.avoidsKernels = true }

  /// Looks everything up by the GPU's kernels, emulated on the CPU.
  package func emulateGPU() { tables.emulatesGPU = true }

  /// Where table `table` holds some columns of rows only: asks `mean` for the mean over all columns of `[U, D]`, in the rules that
  /// keep one number a row.
  package func setRowMean(table: String, _ mean: @escaping @Sendable (Tensor) throws -> Tensor) {
    if let index = configs.firstIndex(where: { $0.name == table }) { tables.rowMeans[index] = mean }
  }

  /// The weight of a table, `[N, D]`.
  public func weight(of table: String) -> Tensor? {
    tables.tables.first { $0.config.name == table }?.weight
  }

  /// Pools each bag of rows into one vector a feature.
  ///
  /// - Parameter features: over a batch of `B`; ids in `0..<rows` of their table. Features that no table asks for are ignored.
  /// - Returns: `[B, D_1 + ... + D_F]` float32, in the order of `embeddingNames`.
  /// - Throws: `SparseError` with feature, position and value for an id outside its table, for a feature that is missing and for
  ///   weights that are asked for and not there or not finite. No row is changed by a step that fails.
  public func callAsFunction(_ features: KeyedJaggedTensor) throws -> KeyedTensor {
    let values = try pooled(features, slotsPerOutput: [tables.slots.count])[0]
    return try KeyedTensor(
      keys: embeddingNames, lengthPerKey: tables.slots.map(\.dimension), values: values)
  }

  /// The columns of the whole cut into several tensors, each contiguous, without a copy.
  ///
  /// - Parameter counts: how many of `embeddingNames` each output holds, in their order; they add up to all.
  package func pooled(_ features: KeyedJaggedTensor, slotsPerOutput counts: [Int]) throws -> [Tensor] {
    let positions = try tables.positions(in: features)
    if isWeighted {
      guard features.weights != nil else {
        throw SparseError(
          .malformed, "the collection is weighted and the features carry no weights; give weights: [N], one a value")
      }
      // Found here, before the step that would write it into rows.
      try features.checkWeights()
    }
    if tables.usesKernels, !features.hasVariableStride { return try lookUp(features, positions, counts) }
    var single =
      tables.usesKernels
      ? try lookUp(features, positions, tables.slots.map { _ in 1 })
      : try tables.lookUpByOperators(features, positions, isWeighted: isWeighted) { configs[$0].pooling }
    if features.hasVariableStride { single = try expanded(single, positions, features) }
    return try counts.map { count in
      defer { single.removeFirst(count) }
      return count == 1 ? single[0] : try Tensor.cat(Array(single.prefix(count)), dim: 1)
    }
  }

  /// Has the rows of a batch to come fetched into the processor's caches, where the tables are in main memory.
  package func prefetch(_ features: KeyedJaggedTensor) throws {
    guard tables.usesKernels, !features.hasVariableStride else { return }
    try tables.prefetch(features, requests(features, tables.positions(in: features), [tables.slots.count]).features)
  }

  /// By the fused kernel, each output being `counts` slots side by side; a single slot where bags differ in number.
  private func lookUp(_ batch: KeyedJaggedTensor, _ positions: [Int], _ counts: [Int]) throws -> [Tensor] {
    let (features, sizes) = requests(batch, positions, counts)
    return try tables.lookUpByKernels(batch, features, weights: isWeighted ? batch.weights : nil, outputs: sizes)
  }

  /// What the kernels are asked for, and the sizes of the outputs.
  private func requests(
    _ features: KeyedJaggedTensor, _ positions: [Int], _ counts: [Int]
  ) -> (features: [RowTables.Feature], sizes: [(rows: Int, columns: Int)]) {
    var requests: [RowTables.Feature] = []
    var sizes: [(rows: Int, columns: Int)] = []
    for count in counts {
      var (rows, column) = (features.stride, 0)
      for _ in 0..<count {
        let (slot, position) = (tables.slots[requests.count], positions[requests.count])
        rows = features.stridePerKey[position]
        requests.append(
          RowTables.Feature(
            table: slot.table, pooling: configs[slot.table].pooling == .sum ? .sum : .mean, bags: rows,
            firstOffset: features.lengthsOffsetPerKey[position], output: sizes.count, column: column))
        column += slot.dimension
      }
      sizes.append((rows, column))
    }
    return (requests, sizes)
  }

  /// Each sample's bag, where samples were deduplicated key by key.
  private func expanded(
    _ outputs: [Tensor], _ positions: [Int], _ features: KeyedJaggedTensor
  ) throws -> [Tensor] {
    guard let inverse = features.inverseIndices else {
      throw SparseError(
        .malformed, "the features have bags of their own per key and no inverse indices; give inverseIndices: [F, B]")
    }
    return try zip(outputs, positions).map { output, position in
      try output.indexSelect(dim: 0, index: inverse.select(dim: 0, index: position))
    }
  }
}
