import CSwiftRec

extension Tensor {
  /// `self[i, j, ...]` with index tensors, nil standing for `:`.
  public func index(_ indices: [Tensor?]) throws -> Tensor {
    let pointers: [OpaquePointer?] = indices.map { $0?.pointer }
    var out: OpaquePointer?
    let status = withExtendedLifetime(indices) { sr_tensor_index(pointer, pointers, pointers.count, &out) }
    try check(status, "index", [self] + indices)
    return try Tensor(adopting: out, "index")
  }

  /// `self[i, j, ...] = values`, or `+=` with `accumulate`.
  @discardableResult
  public func indexPut_(_ indices: [Tensor?], _ values: Tensor, accumulate: Bool = false) throws -> Tensor {
    let pointers: [OpaquePointer?] = indices.map { $0?.pointer }
    let status = withExtendedLifetime(indices) {
      sr_tensor_index_put_(pointer, pointers, pointers.count, values.pointer, accumulate)
    }
    try check(status, "index_put_", [self, values])
    return self
  }

  /// Row `i` of the first dimension.
  public func row(_ i: Int) throws -> Tensor { try select(dim: 0, index: i) }

  /// Rows `range` of the first dimension, a view.
  public func rows(_ range: Range<Int>) throws -> Tensor {
    try narrow(dim: 0, start: range.lowerBound, length: range.count)
  }

  public func flatten(startDim: Int = 0) throws -> Tensor { try flatten(startDim: startDim, endDim: -1) }
}
