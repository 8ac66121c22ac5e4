import Torch
import TorchNN

/// One vector an id, for sequences: TorchRec's `EmbeddingCollection`.
///
/// ```swift
/// let rows = try EmbeddingCollection(tables: [EmbeddingConfig(name: "item", numEmbeddings: 5_000, embeddingDim: 32)])
/// let history = try rows(features)["item"]   // JaggedTensor, values [N_item, 32]
/// ```
public final class EmbeddingCollection: Module {
  public let configs: [EmbeddingConfig]
  let tables: EmbeddingTables

  /// Parameters and errors as in `EmbeddingBagCollection`.
  public init(
    tables configs: [EmbeddingConfig], optimizer: EmbeddingOptimizer? = nil,
    optimizers: [String: EmbeddingOptimizer] = [:], device: Device = .cpu, generator: Generator? = nil
  ) throws {
    self.configs = configs
    tables = try EmbeddingTables(
      configs, optimizer: optimizer, optimizers: optimizers, device: device, generator: generator)
    let members = Members()
    members.add("embeddings", tables)
    super.init(members)
  }

  /// The keys of the output, as in `EmbeddingBagCollection`.
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

  /// Looks up every id.
  ///
  /// - Returns: for each name a jagged tensor with values `[N_f, D]` float32 and the feature's lengths.
  /// - Throws: `SparseError` as in `EmbeddingBagCollection`.
  public func callAsFunction(_ features: KeyedJaggedTensor) throws -> [String: JaggedTensor] {
    let positions = try tables.positions(in: features)
    let outputs = try lookUp(features, positions)
    var found: [String: JaggedTensor] = [:]
    for (slot, (position, rows)) in zip(tables.slots, zip(positions, outputs)) {
      let feature = try features[features.keys[position]]
      found[slot.name] = try JaggedTensor(values: rows, lengths: feature.lengths)
    }
    return found
  }

  private func lookUp(_ features: KeyedJaggedTensor, _ positions: [Int]) throws -> [Tensor] {
    guard tables.usesKernels else {
      return try tables.lookUpByOperators(features, positions, isWeighted: false) { _ in nil }
    }
    let lengthPerKey = try features.lengthPerKey
    var requests: [RowTables.Feature] = []
    var sizes: [(rows: Int, columns: Int)] = []
    for (slot, position) in zip(tables.slots, positions) {
      requests.append(
        RowTables.Feature(
          table: slot.table, pooling: .none, bags: features.stridePerKey[position],
          firstOffset: features.lengthsOffsetPerKey[position], output: sizes.count, column: 0))
      sizes.append((lengthPerKey[position], slot.dimension))
    }
    return try tables.lookUpByKernels(features, requests, outputs: sizes)
  }
}
