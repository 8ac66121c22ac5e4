import CSwiftRec

extension Tensor {
  /// The one element of a tensor as a double.
  public func item() throws -> Double {
    let value = try scalarItem()
    return value.kind == 0 ? value.real : Double(value.integer)
  }

  /// The one element of a tensor as an integer; a fraction is cut off.
  ///
  /// - Throws: for a value that no `Int` holds.
  public func itemInt() throws -> Int {
    let value = try scalarItem()
    if value.kind != 0 { return Int(value.integer) }
    guard let exact = Int(exactly: value.real.rounded(.towardZero)) else {
      throw TorchError(.value, operation: "itemInt", operands: [summary], message: "\(value.real) fits no Int")
    }
    return exact
  }

  private func scalarItem() throws -> SRScalar {
    var out = SRScalar()
    try check(sr_tensor_item(pointer, &out), "item", [self])
    return out
  }

  /// All elements in row-major order, cast to `Element` and copied to the CPU.
  public func values<Element: TensorElement>(_ type: Element.Type = Element.self) throws -> [Element] {
    let host = try detach().to(device: .cpu, dtype: Element.dtype).contiguous()
    return try host.withUnsafeData { raw in
      Array(
        UnsafeBufferPointer(start: raw.assumingMemoryBound(to: Element.self), count: host.count))
    }
  }

  public func floats() throws -> [Float] { try values() }
  public func doubles() throws -> [Double] { try values() }
  public func int64s() throws -> [Int64] { try values() }
  public func ints() throws -> [Int] { try values() }
  public func bools() throws -> [Bool] { try values() }

  /// Reads the elements in place, in row-major order.
  ///
  /// - Throws: when the tensor is not on the CPU or not contiguous.
  public func withUnsafeData<R>(_ body: (UnsafeRawPointer) throws -> R) throws -> R {
    try withUnsafeMutableData { try body(UnsafeRawPointer($0)) }
  }

  /// Reads and writes the elements in place, in row-major order.
  ///
  /// - Throws: when the tensor is not on the CPU or not contiguous.
  public func withUnsafeMutableData<R>(_ body: (UnsafeMutableRawPointer) throws -> R) throws -> R {
    var out: UnsafeMutableRawPointer?
    try check(sr_tensor_data(pointer, &out), "data", [self])
    // An empty tensor has no address; any non-null pointer will do, since nothing is read.
    let address = out ?? UnsafeMutableRawPointer(bitPattern: 64)
    guard let address else { throw TorchError(.unknown, operation: "data", message: "no address") }
    return try withExtendedLifetime(self) { try body(address) }
  }

  // MARK: Moving

  /// The same values on another device and in another type; the tensor itself when nothing changes.
  public func to(device: Device, dtype: DType, nonBlocking: Bool = false, copy: Bool = false) throws -> Tensor {
    if device.isCUDA { try Engine.requireCUDA(device) }
    var out: OpaquePointer?
    try check(
      sr_tensor_to(pointer, dtype.rawValue, device.bridged, nonBlocking, copy, &out), "to(\(device), \(dtype))", [self])
    return try Tensor(adopting: out, "to")
  }

  public func to(device: Device, nonBlocking: Bool = false) throws -> Tensor {
    try to(device: device, dtype: dtype, nonBlocking: nonBlocking)
  }

  public func to(dtype: DType) throws -> Tensor { try to(device: device, dtype: dtype) }

  public func cpu() throws -> Tensor { try to(device: .cpu) }

  /// A copy in page-locked memory; needs a CUDA build.
  public func pinMemory() throws -> Tensor {
    var out: OpaquePointer?
    try check(sr_tensor_pin(pointer, &out), "pin_memory", [self])
    return try Tensor(adopting: out, "pin_memory")
  }

  /// The same values in row-major order without gaps.
  public func contiguous() throws -> Tensor {
    var out: OpaquePointer?
    try check(sr_tensor_contiguous(pointer, &out), "contiguous", [self])
    return try Tensor(adopting: out, "contiguous")
  }

  /// Replaces data, shape, type and device of this tensor and of everybody who shares it; the way a module moves its
  /// parameters.
  public func setData(_ data: Tensor) throws {
    try check(sr_tensor_set_data(pointer, data.pointer), "set_data", [self, data])
  }

  /// Frees (0) or takes anew the memory under this tensor and all its views, whose shapes stay: between the two nobody may
  /// read them.
  package func resizeStorage(toElements count: Int) throws {
    try check(sr_tensor_resize_storage(pointer, count * dtype.size), "resize storage", [self])
  }
}
