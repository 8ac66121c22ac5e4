import Foundation
import Registry

extension WireValue {
  /// The tensors of a request, from its raw contents or from the typed ones.
  static func values(_ request: Inference_ModelInferRequest) throws(ServingError) -> [WireValue] {
    let raw = request.rawInputContents
    guard raw.isEmpty || raw.count == request.inputs.count else {
      throw .invalid("received \(raw.count) raw contents for \(request.inputs.count) inputs; send one for each")
    }
    var values: [WireValue] = []
    for (position, input) in request.inputs.enumerated() {
      values.append(try WireValue(input, raw: raw.isEmpty ? nil : raw[position], at: position))
    }
    return values
  }

  private init(_ input: Inference_ModelInferRequest.InferInputTensor, raw: Data?, at position: Int) throws(ServingError)
  {
    let place = "inputs[\(position)]"
    guard let type = WireType(rawValue: input.datatype) else {
      throw .invalid(
        "\(place): datatype: received \"\(input.datatype.prefix(20))\", expected one of \(WireType.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
    guard input.parameters["shared_memory_region"] == nil else {
      throw .invalid("\(place): shared memory is not offered; send the tensor")
    }
    var shape: [Int] = []
    for size in input.shape { shape.append(Int(size)) }
    let count = try Self.elements(of: shape, place)
    guard let raw else {
      self.init(input.name, type, shape: shape, try Self.payload(type, input.contents, place))
      return
    }
    if let width = type.size {
      guard raw.count == count * width else {
        throw .invalid(
          "\(place): received \(raw.count) bytes for shape \(shape) of \(type.rawValue), which takes \(count * width)")
      }
      self.init(input.name, type, shape: shape, .raw(Array(raw)))
    } else {
      self.init(input.name, type, shape: shape, .strings(try Self.strings(lengthPrefixed: raw, place)))
    }
  }

  private static func payload(_ type: WireType, _ contents: Inference_InferTensorContents, _ place: String)
    throws(ServingError) -> Payload
  {
    switch type {
    case .bool: .raw(contents.boolContents.map { $0 ? 1 : 0 })
    case .uint8: .raw(try narrowed(contents.uintContents, UInt8.self, place))
    case .int8: .raw(try narrowed(contents.intContents, Int8.self, place))
    case .int16: .raw(try narrowed(contents.intContents, Int16.self, place))
    case .int32: .raw(try narrowed(contents.intContents, Int32.self, place))
    case .int64: .raw(try narrowed(contents.int64Contents, Int64.self, place))
    case .float16: throw .invalid("\(place): FP16 has no typed contents; send raw contents")
    case .float32: .raw(contents.fp32Contents.withUnsafeBytes { Array($0) })
    case .float64: .raw(contents.fp64Contents.withUnsafeBytes { Array($0) })
    case .bytes: .strings(contents.bytesContents.map { Array($0) })
    }
  }

  private static func narrowed<Wide: FixedWidthInteger, Narrow: FixedWidthInteger>(
    _ values: [Wide], _ type: Narrow.Type, _ place: String
  ) throws(ServingError) -> [UInt8] {
    var bytes: [UInt8] = []
    for value in values {
      guard let narrow = Narrow(exactly: value) else {
        throw .invalid("\(place): received \(value), expected a whole number from \(Narrow.min) to \(Narrow.max)")
      }
      Swift.withUnsafeBytes(of: narrow.littleEndian) { bytes.append(contentsOf: $0) }
    }
    return bytes
  }

  /// The payload as raw contents.
  var data: Data { Data(binary) }
}
