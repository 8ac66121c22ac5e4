import Torch

/// The element types of the Open Inference Protocol, by its names.
///
/// Source: Open Inference Protocol v2, "Tensor Data Types".
public enum WireType: String, Sendable, CaseIterable, Codable {
  case bool = "BOOL"
  case uint8 = "UINT8"
  case int8 = "INT8"
  case int16 = "INT16"
  case int32 = "INT32"
  case int64 = "INT64"
  case float16 = "FP16"
  case float32 = "FP32"
  case float64 = "FP64"
  /// Strings or raw bytes, each of its own length.
  case bytes = "BYTES"

  /// Bytes of one element; nil where each element has its own length.
  public var size: Int? {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .float16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    case .bytes: nil
    }
  }
}
