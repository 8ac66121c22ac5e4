import Registry

/// A tensor or strings as they stand on the wire, before LibTorch sees them.
///
/// Requests that are joined are copied once, from here into the tensor of the whole batch.
public struct WireValue: Sendable, Equatable {
  public enum Payload: Sendable, Equatable {
    /// Row-major, little endian.
    case raw([UInt8])
    case strings([[UInt8]])
  }

  public var name: String
  public var type: WireType
  public var shape: [Int]
  public var payload: Payload

  public init(_ name: String, _ type: WireType, shape: [Int], _ payload: Payload) {
    self.name = name
    self.type = type
    self.shape = shape
    self.payload = payload
  }

  /// Elements of the payload, whatever the shape says.
  var count: Int {
    switch payload {
    case .raw(let bytes): bytes.count / (type.size ?? 1)
    case .strings(let values): values.count
    }
  }
}

extension WireValue {
  /// The product of a shape.
  ///
  /// - Throws: `ServingError` for a negative dimension or a product that no tensor has.
  static func elements(of shape: [Int], _ place: String) throws(ServingError) -> Int {
    var product = 1
    guard shape.count <= 16 else {
      throw .invalid("\(place): received \(shape.count) dimensions; send at most 16")
    }
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow, next <= 1 << 40 else {
        throw .invalid("\(place): shape \(shape) is impossible; send dimensions from 0 whose product fits the body")
      }
      product = next
    }
    return product
  }

  /// Strings as the binary extension has them: each after its length in four bytes, little endian.
  static func strings(lengthPrefixed bytes: some RandomAccessCollection<UInt8>, _ place: String) throws(ServingError)
    -> [[UInt8]]
  {
    var values: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.count >= 4 else {
        throw .invalid("\(place): \(rest.count) bytes follow the last string; send lengths of 4 bytes")
      }
      var length = 0
      for (shift, byte) in rest.prefix(4).enumerated() { length |= Int(byte) << (8 * shift) }
      rest = rest.dropFirst(4)
      guard length <= rest.count else {
        throw .invalid(
          "\(place): a string of \(length) bytes is announced, \(rest.count) bytes are left; send all of it")
      }
      values.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    return values
  }

  /// The payload as the binary extension has it.
  var binary: [UInt8] {
    switch payload {
    case .raw(let bytes): return bytes
    case .strings(let values):
      var out: [UInt8] = []
      for value in values {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: value.count).littleEndian) { out.append(contentsOf: $0) }
        out.append(contentsOf: value)
      }
      return out
    }
  }
}
