/// The element types of NumPy's array files that are read and written here, all little-endian.
public enum NumPyType: String, Sendable, Codable, CaseIterable {
  case float16 = "<f2"
  case float32 = "<f4"
  case float64 = "<f8"
  case int32 = "<i4"
  case int64 = "<i8"

  public var byteCount: Int {
    switch self {
    case .float16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }
}
