import Torch

/// How values travel between ranks; sums are always made in float32.
public enum WireFormat: String, Sendable, CaseIterable, Codable {
  case fp32
  case fp16
  case bf16
  /// A byte a value, with a scale and a bias a row: PyTorch's rowwise layout.
  case int8

  /// Bytes of a row of `width` values.
  public func rowBytes(_ width: Int) -> Int {
    switch self {
    case .fp32: width * 4
    case .fp16, .bf16: width * 2
    case .int8: width == 0 ? 0 : width + 8
    }
  }

  /// The same for any width, without overflow.
  func bytes(columns: Int) -> Double {
    switch self {
    case .fp32: 4 * Double(columns)
    case .fp16, .bf16: 2 * Double(columns)
    case .int8: Double(columns) + 8
    }
  }

  /// What the memory that travels is made of.
  var dtype: DType {
    switch self {
    case .fp32: .float32
    case .fp16: .float16
    case .bf16: .bfloat16
    case .int8: .uint8
    }
  }

  /// Elements of that memory in a row of `width` values.
  func rowElements(_ width: Int) -> Int { rowBytes(width) / dtype.size }

  /// Float32 blocks `[rows, width]` one behind the other, as they travel.
  func packed(_ blocks: [Tensor], device: Device) throws -> Tensor {
    let parts = try blocks.filter { $0.count > 0 }.map { block -> Tensor in
      guard self == .int8 else { return try block.to(dtype: dtype).reshape([-1]) }
      return try RowTables.quantize(block.cpu(), to: .int8).reshape([-1]).to(device: device)
    }
    return parts.isEmpty ? try Tensor.empty([0], dtype: dtype, device: device) : try Tensor.cat(parts)
  }

  /// The float32 blocks that `packed` was given.
  func unpacked(_ wire: Tensor, _ shapes: [(rows: Int, width: Int)], device: Device) throws -> [Tensor] {
    var place = 0
    return try shapes.map { shape in
      let elements = rowElements(shape.width)
      defer { place += shape.rows * elements }
      guard shape.rows * shape.width > 0 else { return try Tensor.empty([shape.rows, shape.width], device: device) }
      let rows = try wire.narrow(dim: 0, start: place, length: shape.rows * elements).view([shape.rows, elements])
      guard self == .int8 else { return try rows.to(dtype: .float32) }
      return try RowTables.dequantize(rows.cpu(), from: .int8, dimension: shape.width).to(device: device)
    }
  }
}

/// The formats of both directions: pooled rows forward, their gradients backward. TorchRec's quantised communication.
public struct WireFormats: Sendable, Equatable {
  public var forward: WireFormat
  public var backward: WireFormat

  public init(forward: WireFormat = .fp32, backward: WireFormat = .fp32) {
    self.forward = forward
    self.backward = backward
  }
}
