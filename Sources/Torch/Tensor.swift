import CSwiftRec

/// Owns one handle of the bridge and frees it with its last reference.
final class TensorHandle: @unchecked Sendable {
  let pointer: OpaquePointer
  init(_ pointer: OpaquePointer) { self.pointer = pointer }
  deinit { sr_tensor_free(pointer) }
}

/// An n-dimensional array on one device, with autograd: PyTorch's tensor.
///
/// A `Tensor` is a reference: copies share the data, and in-place operators (trailing underscore) are seen by all of them.
/// Operators throw `TorchError` with the operator and the shapes. Sharing one tensor between threads is safe as long as
/// nobody changes it in place.
///
/// ```swift
/// let x = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
/// let y = try x.matmul(x.t())   // [[5, 11], [11, 25]]
/// ```
public struct Tensor: @unchecked Sendable {
  let handle: TensorHandle

  /// The bridge's handle; valid while this tensor lives.
  package var pointer: OpaquePointer { handle.pointer }

  /// Takes ownership of a handle that a bridge call wrote.
  package init(adopting pointer: OpaquePointer?, _ operation: String) throws {
    guard let pointer else {
      throw TorchError(.unknown, operation: operation, message: "returned an undefined tensor")
    }
    handle = TensorHandle(pointer)
  }

  /// Takes ownership of a list of handles.
  package static func adopting(
    list: UnsafeMutablePointer<OpaquePointer?>?, count: Int, _ operation: String
  ) throws -> [Tensor] {
    defer { sr_handles_free(list) }
    guard let list else { return [] }
    var tensors: [Tensor] = []
    tensors.reserveCapacity(count)
    for i in 0..<count { tensors.append(try Tensor(adopting: list[i], operation)) }
    return tensors
  }

  // MARK: Facts

  /// The number of dimensions.
  public var rank: Int { sr_tensor_rank(pointer) }

  /// The number of elements.
  public var count: Int { sr_tensor_count(pointer) }

  public var shape: [Int] {
    let rank = rank
    return [Int](unsafeUninitializedCapacity: rank) { buffer, initialised in
      if let base = buffer.baseAddress, rank > 0 { sr_tensor_shape(pointer, base) }
      initialised = rank
    }
  }

  /// Elements to step over per dimension.
  ///
  /// - Throws: for a sparse tensor, which has none.
  public func strides() throws -> [Int] {
    var out = [Int](repeating: 0, count: rank)
    try check(sr_tensor_strides(pointer, &out), "strides", [self])
    return out
  }

  /// - Note: a type that `DType` does not name (complex, quantised) reads as `float32`; the bridge makes none.
  public var dtype: DType { DType(rawValue: sr_tensor_dtype(pointer)) ?? .float32 }

  public var device: Device { Device(bridged: sr_tensor_device(pointer)) }

  public var isContiguous: Bool { sr_tensor_is_contiguous(pointer) }
  public var isSparse: Bool { sr_tensor_is_sparse(pointer) }
  public var isPinned: Bool { sr_tensor_is_pinned(pointer) }

  /// `[64, 128] float32 cpu`.
  public var summary: String { "\(shape) \(dtype) \(device)" }

  /// Whether both are the very same tensor, not merely equal.
  public func isSame(as other: Tensor) -> Bool { handle === other.handle }

  /// Whether both lie in the same memory, wholly or in part.
  public func sharesStorage(with other: Tensor) -> Bool { sr_tensor_is_alias(pointer, other.pointer) }
}

extension Tensor: CustomStringConvertible {
  /// The summary, and the values of a small tensor.
  public var description: String {
    guard count <= 32, !isSparse, let values = try? doubles() else { return "Tensor(\(summary))" }
    return "Tensor(\(summary): \(values))"
  }
}
