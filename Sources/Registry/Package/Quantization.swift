import Sparse
import Torch

/// How a package stores its embedding tables.
///
/// A ranker looks its rows up as they are stored. A recommender's tables are decoded when the package is opened: they are smaller on
/// disk and on the way, not in memory.
public enum Quantization: String, Sendable, Codable, CaseIterable {
  case none, fp16, int8, int4

  /// How far scores may lie from the trained model's, measured by ``relativeDifference(_:_:)``, for an export to be taken.
  public var tolerance: Double {
    switch self {
    case .none: 1e-5
    case .fp16: 5e-3
    case .int8: 5e-2
    case .int4: 0.5
    }
  }

  /// The element type of the rows; nil where they stay as they are.
  var dataType: EmbeddingDataType? {
    switch self {
    case .none: nil
    case .fp16: .fp16
    case .int8: .int8
    case .int4: .int4
    }
  }

  /// Encodes a table `[N, D]`; int4 takes an even `D`.
  func encode(_ table: Tensor) throws -> Tensor {
    switch self {
    case .none: table
    case .fp16: try table.to(dtype: .float16)
    case .int8: try RowTables.quantize(table.to(dtype: .float32).contiguous(), to: .int8)
    case .int4: try RowTables.quantize(table.to(dtype: .float32).contiguous(), to: .int4)
    }
  }

  /// `[N, D]` float32.
  func decode(_ rows: Tensor, dimension: Int) throws -> Tensor {
    switch self {
    case .none: rows
    case .fp16: try rows.to(dtype: .float32)
    case .int8: try RowTables.dequantize(rows, from: .int8, dimension: dimension)
    case .int4: try RowTables.dequantize(rows, from: .int4, dimension: dimension)
    }
  }

  /// The largest `|a - b|`, over the largest `|b|` where that is above 1.
  public static func relativeDifference(_ a: [Float], _ b: [Float]) -> Double {
    guard a.count == b.count else { return .infinity }
    let scale = max(1, b.map { Double(abs($0)) }.max() ?? 1)
    var largest = 0.0
    for (one, other) in zip(a, b) {
      let difference = abs(Double(one) - Double(other)) / scale
      // A NaN compares with nothing, and agrees with a NaN alone.
      if difference.isNaN {
        if one.isNaN != other.isNaN { return .infinity }
      } else {
        largest = max(largest, difference)
      }
    }
    return largest
  }
}
