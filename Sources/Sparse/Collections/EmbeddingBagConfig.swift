import Torch
import TorchNN

/// How the rows of a bag become one vector.
public enum PoolingType: String, Sendable, CaseIterable {
  case sum, mean
}

/// The number format of a table's rows. A requested type is what you get, or an error.
public enum EmbeddingDataType: String, Sendable, CaseIterable {
  case fp32, fp16, bf16, int8, int4

  package var rowType: RowTables.RowType {
    switch self {
    case .fp32: .float32
    case .fp16: .float16
    case .bf16: .bfloat16
    case .int8: .int8
    case .int4: .int4
    }
  }

  /// Whether rows hold codes with a scale and a bias of their own.
  package var isQuantized: Bool { self == .int8 || self == .int4 }

  package var dtype: DType {
    switch self {
    case .fp32: .float32
    case .fp16: .float16
    case .bf16: .bfloat16
    case .int8, .int4: .uint8
    }
  }

  /// Bytes of a row of `dimension` values, scale and bias included.
  public func rowBytes(_ dimension: Int) -> Int { rowType.rowBytes(dimension) }
}

/// Where a table's rows live. TorchRec's compute kernels map to these: `DENSE` and `FUSED` are `.device`, `FUSED_UVM` and
/// `FUSED_UVM_CACHING` are `.host`.
public enum EmbeddingPlacement: String, Sendable, CaseIterable {
  /// With the model.
  case device
  /// In main memory, whatever the model's device: looked up on the CPU, pooled rows copied over, gradients back.
  case host
}

/// What pooled and sequence tables share.
public protocol EmbeddingTableConfig: Sendable {
  var name: String { get set }
  var numEmbeddings: Int { get set }
  var embeddingDim: Int { get set }
  var featureNames: [String] { get set }
  var dataType: EmbeddingDataType { get }
  var initialiser: Initialiser { get set }
  var placement: EmbeddingPlacement { get }
}

/// A pooled table, as TorchRec's `EmbeddingBagConfig`.
///
/// ```swift
/// let config = EmbeddingBagConfig(name: "item", numEmbeddings: 10_000_000, embeddingDim: 64)  // feature "item"
/// ```
public struct EmbeddingBagConfig: EmbeddingTableConfig, Equatable {
  public var name: String
  /// Rows.
  public var numEmbeddings: Int
  /// Values a row.
  public var embeddingDim: Int
  /// The features that are looked up here; the table's name when none is given.
  public var featureNames: [String]
  public var pooling: PoolingType
  public var dataType: EmbeddingDataType
  /// Uniform within one over the root of the rows when none is given, as TorchRec's.
  public var initialiser: Initialiser
  public var placement: EmbeddingPlacement

  public init(
    name: String, numEmbeddings: Int, embeddingDim: Int, featureNames: [String]? = nil, pooling: PoolingType = .sum,
    dataType: EmbeddingDataType = .fp32, initialiser: Initialiser? = nil, placement: EmbeddingPlacement = .device
  ) {
    self.name = name
    self.numEmbeddings = numEmbeddings
    self.embeddingDim = embeddingDim
    self.featureNames = featureNames ?? [name]
    self.pooling = pooling
    self.dataType = dataType
    self.initialiser = initialiser ?? .rows(numEmbeddings)
    self.placement = placement
  }
}

/// A table whose rows are not pooled: one vector an id, for sequences; TorchRec's `EmbeddingConfig`.
public struct EmbeddingConfig: EmbeddingTableConfig, Equatable {
  public var name: String
  public var numEmbeddings: Int
  public var embeddingDim: Int
  public var featureNames: [String]
  public var dataType: EmbeddingDataType
  public var initialiser: Initialiser
  public var placement: EmbeddingPlacement

  public init(
    name: String, numEmbeddings: Int, embeddingDim: Int, featureNames: [String]? = nil,
    dataType: EmbeddingDataType = .fp32, initialiser: Initialiser? = nil, placement: EmbeddingPlacement = .device
  ) {
    self.name = name
    self.numEmbeddings = numEmbeddings
    self.embeddingDim = embeddingDim
    self.featureNames = featureNames ?? [name]
    self.dataType = dataType
    self.initialiser = initialiser ?? .rows(numEmbeddings)
    self.placement = placement
  }
}

extension Initialiser {
  /// Uniform within one over the root of the number of rows.
  static func rows(_ count: Int) -> Initialiser {
    let bound = 1 / Double(max(1, count)).squareRoot()
    return .uniform(from: -bound, to: bound)
  }
}
