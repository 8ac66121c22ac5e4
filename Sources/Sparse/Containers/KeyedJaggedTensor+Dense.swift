import Torch

extension KeyedJaggedTensor {
  /// Every feature as rows of one width: `[B, L]` by name.
  ///
  /// - Parameters:
  ///   - length: `L`; the longest bag of each feature when nil.
  ///   - padding: what stands in the free places.
  /// - Throws: as `JaggedTensor.toPaddedDense`.
  public func toPaddedDense(length: Int? = nil, padding: Double = 0) throws -> [String: Tensor] {
    try toDictionary().mapValues { try $0.toPaddedDense(length: length, padding: padding) }
  }

  /// The weights, as `toPaddedDense`; nil without weights.
  public func toPaddedDenseWeights(length: Int? = nil, padding: Double = 0) throws -> [String: Tensor]? {
    guard weights != nil else { return nil }
    return try toDictionary().compactMapValues { try $0.toPaddedDenseWeights(length: length, padding: padding) }
  }
}
