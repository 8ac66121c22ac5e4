import Torch

extension WireType {
  /// The element type of a tensor; nil for strings.
  public var dtype: DType? {
    switch self {
    case .bool: .bool
    case .uint8: .uint8
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .float16: .float16
    case .float32: .float32
    case .float64: .float64
    case .bytes: nil
    }
  }
}
