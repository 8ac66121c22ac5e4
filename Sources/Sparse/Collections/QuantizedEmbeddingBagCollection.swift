import Torch
import TorchNN

/// Pooled embeddings from compressed rows, for inference: TorchRec's quantised `EmbeddingBagCollection`.
///
/// Each row keeps its own scale and bias (Guan et al. 2019, "Post-Training 4-bit Quantization on Embedding Tables",
/// arXiv:1911.02079), in PyTorch's byte and 4-bit rowwise layouts. Lives on the CPU.
///
/// ```swift
/// let small = try QuantizedEmbeddingBagCollection(from: trained, to: .int8, tables: ["user": .int4])
/// for line in small.report { print(line) }   // item: 2.56 GB -> 720.00 MB (3.6x), largest error 0.0021
/// ```
public final class QuantizedEmbeddingBagCollection: Module {
  /// What became of one table.
  public struct ReportLine: Sendable, CustomStringConvertible {
    public let table: String
    public let dataType: EmbeddingDataType
    public let bytesBefore: Int
    public let bytesAfter: Int
    /// Over all weights: |stored - original|.
    public let largestError: Double
    public let meanSquareError: Double

    public var description: String {
      let ratio = Double(bytesBefore) / Double(max(1, bytesAfter))
      return "\(table): \(dataType.rawValue), \(EmbeddingPlan.size(bytesBefore)) -> \(EmbeddingPlan.size(bytesAfter)) "
        + "(\((ratio * 10).rounded() / 10)x), largest error \(largestError), mean square error \(meanSquareError)"
    }
  }

  public let configs: [EmbeddingBagConfig]
  /// One line a table; empty after reading a file.
  public let report: [ReportLine]
  private let bags: EmbeddingBagCollection

  /// Rows compared at a time when the error is measured, so that no second table in full precision is made.
  private static let block = 65_536

  /// Compresses the tables of a trained collection, which stays as it is.
  ///
  /// - Parameters:
  ///   - dataType: of every table: `.int8`, `.int4` (even dimensions) or `.fp16`.
  ///   - tables: types of single tables, by name.
  /// - Throws: `SparseError` that lists every fault at once.
  public init(
    from collection: EmbeddingBagCollection, to dataType: EmbeddingDataType, tables: [String: EmbeddingDataType] = [:]
  ) throws {
    let configs = collection.configs.map {
      var config = $0
      config.dataType = tables[$0.name] ?? dataType
      config.placement = .host
      return config
    }
    try Self.validate(configs, named: Set(tables.keys))
    let compressed = try noGrad {
      try zip(configs, collection.tables.tables).map { config, source in
        let weight = try source.weight.detach().to(device: .cpu)
        let rows = try Self.compressed(weight, config)
        return (rows: rows, line: try Self.line(config, weight, rows))
      }
    }
    self.configs = configs
    report = compressed.map(\.line)
    bags = EmbeddingBagCollection(configs, isWeighted: collection.isWeighted, frozen: compressed.map(\.rows))
    let members = Members()
    for child in bags.children { members.add(child.name, child.module) }
    super.init(members)
  }

  /// Empty tables of these settings, for `loadStateDict` of a saved file.
  ///
  /// - Throws: `SparseError` for a type that is no inference type, or an odd dimension with `.int4`.
  public init(tables configs: [EmbeddingBagConfig], isWeighted: Bool = false) throws {
    self.configs = configs
    try Self.validate(configs, named: [])
    report = []
    let rows = try configs.map { config in
      let columns = config.dataType.isQuantized ? config.dataType.rowBytes(config.embeddingDim) : config.embeddingDim
      return try Tensor.zeros([config.numEmbeddings, columns], dtype: config.dataType.dtype)
    }
    bags = EmbeddingBagCollection(configs, isWeighted: isWeighted, frozen: rows)
    let members = Members()
    for child in bags.children { members.add(child.name, child.module) }
    super.init(members)
  }

  public var embeddingNames: [String] { bags.embeddingNames }

  /// Shapes and errors as in `EmbeddingBagCollection`.
  public func callAsFunction(_ features: KeyedJaggedTensor) throws -> KeyedTensor {
    try noGrad { try bags(features) }
  }

  private static func validate(_ configs: [EmbeddingBagConfig], named: Set<String>) throws {
    var faults: [String] = []
    for config in configs {
      switch config.dataType {
      case .int8, .fp16: break
      case .int4:
        if config.embeddingDim % 2 != 0 {
          faults.append(
            "table \"\(config.name)\": int4 rows need an even dimension, got \(config.embeddingDim); take int8")
        }
      case .fp32, .bf16:
        faults.append(
          "table \"\(config.name)\": \(config.dataType.rawValue) is no inference type; take int8, int4 or fp16")
      }
    }
    for name in named.sorted() where !configs.contains(where: { $0.name == name }) {
      faults.append("a type for table \"\(name)\", which is not there; the tables are \(configs.map(\.name))")
    }
    guard faults.isEmpty else { throw SparseError(.config, faults.joined(separator: "\n")) }
  }

  private static func compressed(_ weight: Tensor, _ config: EmbeddingBagConfig) throws -> Tensor {
    config.dataType.isQuantized
      ? try RowTables.quantize(weight, to: config.dataType.rowType) : try weight.to(dtype: .float16)
  }

  private static func line(_ config: EmbeddingBagConfig, _ weight: Tensor, _ stored: Tensor) throws -> ReportLine {
    var (largest, squares) = (0.0, 0.0)
    for start in stride(from: 0, to: weight.shape[0], by: block) {
      let end = min(start + block, weight.shape[0])
      let original = try weight.slice(dim: 0, start: start, end: end).to(dtype: .float32)
      let part = try stored.slice(dim: 0, start: start, end: end)
      let meant =
        config.dataType.isQuantized
        ? try RowTables.dequantize(part, from: config.dataType.rowType, dimension: config.embeddingDim)
        : try part.to(dtype: .float32)
      let error = try (meant - original).abs()
      largest = max(largest, try error.max().item())
      squares += try (error * error).sum(dtype: .float64).item()
    }
    return ReportLine(
      table: config.name, dataType: config.dataType, bytesBefore: weight.count * weight.dtype.size,
      bytesAfter: stored.count * stored.dtype.size, largestError: largest,
      meanSquareError: squares / Double(max(1, weight.count)))
  }
}
