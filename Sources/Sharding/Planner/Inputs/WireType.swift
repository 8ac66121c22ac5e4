/// The number format in which vectors travel between ranks, by the names of `EmbeddingDataType`.
public enum WireType: String, Sendable, Codable, CaseIterable {
  case fp32, fp16, bf16
  /// A scale and a bias of fp32 travel with each vector.
  case int8

  /// Bytes of one vector of `columns` values.
  func bytes(columns: Int) -> Double {
    switch self {
    case .fp32: 4 * Double(columns)
    case .fp16, .bf16: 2 * Double(columns)
    case .int8: Double(columns) + 8
    }
  }
}
