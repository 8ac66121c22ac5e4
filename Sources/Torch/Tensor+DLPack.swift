import CSwiftRec

extension Tensor {
  /// A view of the memory for another library of this process, which owns it until it calls the view's deleter.
  ///
  /// - Parameter versioned: a `DLManagedTensorVersioned` of DLPack 1.0, else the older `DLManagedTensor`.
  /// - Throws: `TorchError` for a tensor that DLPack cannot describe, such as a sparse one.
  public func exportDLPack(versioned: Bool) throws -> UnsafeMutableRawPointer {
    var out: UnsafeMutableRawPointer?
    try check(sr_dlpack_export(pointer, versioned, &out), "dlpack", [self])
    guard let out else { throw TorchError(.unknown, operation: "dlpack", message: "returned no view") }
    return out
  }
}
