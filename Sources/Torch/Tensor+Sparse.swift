extension Tensor {
  /// Ids `[D, N]` of a sparse tensor, repeated ones included.
  public func sparseIndices() throws -> Tensor { try _indices() }

  /// Values `[N, ...]` of a sparse tensor, one for each id.
  public func sparseValues() throws -> Tensor { try _values() }
}
