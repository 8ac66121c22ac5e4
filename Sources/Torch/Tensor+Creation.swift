import CSwiftRec

/// Element types that Swift arrays carry into tensors and back.
public protocol TensorElement: Sendable {
  static var dtype: DType { get }
}

extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Double: TensorElement { public static var dtype: DType { .float64 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Int: TensorElement { public static var dtype: DType { .int64 } }
extension Int32: TensorElement { public static var dtype: DType { .int32 } }
extension Int16: TensorElement { public static var dtype: DType { .int16 } }
extension Int8: TensorElement { public static var dtype: DType { .int8 } }
extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension Bool: TensorElement { public static var dtype: DType { .bool } }

extension Tensor {
  /// Copies Swift values: `Float` gives float32, `Int` int64, `Double` float64, and so on.
  ///
  /// - Parameter shape: the whole array in one dimension when nil.
  /// - Throws: `TorchError` when `shape` asks for another number of elements.
  public init<Element: TensorElement>(_ values: [Element], shape: [Int]? = nil, device: Device = .cpu) throws {
    let shape = shape ?? [values.count]
    self = try values.withUnsafeBytes {
      try Tensor(copying: $0, shape: shape, dtype: Element.dtype, device: device)
    }
  }

  /// Copies raw bytes, `shape` elements of `dtype` in row-major order.
  ///
  /// - Parameter pinned: page-locked memory, so that a copy to a GPU can overlap; needs a CUDA build.
  public init(
    copying bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType, device: Device = .cpu, pinned: Bool = false
  ) throws {
    let expected = try Tensor.elements(of: shape) * dtype.size
    guard bytes.count == expected else {
      throw TorchError(
        .invalidArgument, operation: "Tensor",
        message: "\(bytes.count) bytes given for shape \(shape) of \(dtype), which takes \(expected)")
    }
    let host = try Tensor.empty(shape, dtype: dtype, pinned: pinned)
    if expected > 0 {
      try host.withUnsafeMutableData {
        $0.copyMemory(from: bytes.baseAddress ?? UnsafeRawPointer($0), byteCount: expected)
      }
    }
    self = device.isCPU ? host : try host.to(device: device)
  }

  /// The product of a shape, refused when a dimension is negative or the product overflows.
  static func elements(of shape: [Int]) throws -> Int {
    var product = 1
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow, next <= Int.max / 16 else {
        throw TorchError(.invalidArgument, operation: "Tensor", message: "shape \(shape) is impossible")
      }
      product = next
    }
    return product
  }

  /// Uninitialised memory.
  public static func empty(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu, pinned: Bool = false) throws
    -> Tensor
  {
    var out: OpaquePointer?
    try check(
      sr_tensor_empty(shape, shape.count, dtype.rawValue, device.bridged, pinned, &out), "empty \(shape) \(dtype)")
    return try Tensor(adopting: out, "empty")
  }

  public static func full(
    _ shape: [Int], _ value: any ScalarValue, dtype: DType = .float32, device: Device = .cpu
  ) throws -> Tensor {
    var out: OpaquePointer?
    try check(
      sr_tensor_full(shape, shape.count, value.bridged, dtype.rawValue, device.bridged, &out), "full \(shape) \(dtype)")
    return try Tensor(adopting: out, "full")
  }

  public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try full(shape, 0, dtype: dtype, device: device)
  }

  public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try full(shape, 1, dtype: dtype, device: device)
  }

  /// A tensor of no dimensions.
  public static func scalar(_ value: any ScalarValue, dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    try full([], value, dtype: dtype, device: device)
  }

  /// `start, start + step, ...` below `end`.
  public static func arange(
    _ start: any ScalarValue, _ end: any ScalarValue, step: any ScalarValue = 1, dtype: DType = .int64,
    device: Device = .cpu
  ) throws -> Tensor {
    var out: OpaquePointer?
    try check(
      sr_tensor_arange(start.bridged, end.bridged, step.bridged, dtype.rawValue, device.bridged, &out), "arange")
    return try Tensor(adopting: out, "arange")
  }

  /// `0, 1, ...` below `end`.
  public static func arange(_ end: Int, dtype: DType = .int64, device: Device = .cpu) throws -> Tensor {
    try arange(0, end, dtype: dtype, device: device)
  }

  /// The identity matrix `[n, n]`.
  public static func eye(_ n: Int, dtype: DType = .float32, device: Device = .cpu) throws -> Tensor {
    var out: OpaquePointer?
    try check(sr_tensor_eye(n, dtype.rawValue, device.bridged, &out), "eye \(n)")
    return try Tensor(adopting: out, "eye")
  }

  /// Uniform in [0, 1).
  public static func rand(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu, generator: Generator? = nil
  ) throws -> Tensor {
    try empty(shape, dtype: dtype, device: device).uniform_(from: 0, to: 1, generator: generator)
  }

  /// Standard normal.
  public static func randn(
    _ shape: [Int], dtype: DType = .float32, device: Device = .cpu, generator: Generator? = nil
  ) throws -> Tensor {
    try empty(shape, dtype: dtype, device: device).normal_(mean: 0, std: 1, generator: generator)
  }

  /// Integers in `low..<high`.
  public static func randint(
    low: Int = 0, high: Int, shape: [Int], dtype: DType = .int64, device: Device = .cpu, generator: Generator? = nil
  ) throws -> Tensor {
    try empty(shape, dtype: dtype, device: device).random_(from: low, to: high, generator: generator)
  }

  /// A random order of `0..<n`, int64.
  public static func randperm(_ n: Int, device: Device = .cpu, generator: Generator? = nil) throws -> Tensor {
    try rand([n], dtype: .float64, device: device, generator: generator).argsort(dim: 0, descending: false)
  }

  /// A sparse COO tensor: `indices` [D, n] int64, `values` [n, ...].
  public static func sparseCOO(indices: Tensor, values: Tensor, shape: [Int]) throws -> Tensor {
    var out: OpaquePointer?
    try check(
      sr_tensor_sparse(indices.pointer, values.pointer, shape, shape.count, &out), "sparse_coo_tensor",
      [indices, values])
    return try Tensor(adopting: out, "sparse_coo_tensor")
  }
}
