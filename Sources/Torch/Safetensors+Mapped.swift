import CSwiftRec

extension Safetensors.File {
  /// A tensor that lies in the file itself: nothing is read before it is used, and processes share the memory.
  ///
  /// Writing to it changes this process's copy alone. The file must not be cut while the tensor lives.
  ///
  /// - Throws: `TorchError` when the engine refuses it.
  public func mapped(_ entry: Safetensors.Entry) throws -> Tensor {
    // An address that the element type does not fit can't be lent.
    guard entry.shape.reduce(1, *) > 0, let address = bytes.address(dataStart + entry.range.lowerBound),
      Int(bitPattern: address) % entry.dtype.size == 0
    else { return try tensor(entry) }
    var out: OpaquePointer?
    let context = Unmanaged.passRetained(bytes).toOpaque()
    try check(
      sr_tensor_from_memory(
        address, entry.shape, entry.shape.count, entry.dtype.rawValue, context, releaseCallback, &out),
      "map \(path)")
    return try Tensor(adopting: out, "map \(path)")
  }
}
