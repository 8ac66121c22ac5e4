import NIOCore
import Registry

extension WireValue {
  /// Reads one tensor of a request; a binary one takes its bytes from the front of `binary`.
  init(openInference json: JSONValue, at position: Int, _ binary: inout ByteBufferView.SubSequence) throws(ServingError)
  {
    let place = "inputs[\(position)]"
    guard let name = json["name"]?.string else { throw .invalid("\(place): name is missing; give the input's name") }
    let datatype = json["datatype"]?.string ?? ""
    guard let type = WireType(rawValue: datatype) else {
      throw .invalid(
        "\(place): datatype: received \"\(datatype.prefix(20))\", expected one of \(WireType.allCases.map(\.rawValue).joined(separator: ", "))"
      )
    }
    guard let sizes = json["shape"]?.array else { throw .invalid("\(place): shape is missing; give a list of sizes") }
    var shape: [Int] = []
    for size in sizes {
      guard let size = size.integer else {
        throw .invalid("\(place): shape: received \(size.kind), expected whole numbers")
      }
      shape.append(size)
    }
    let count = try Self.elements(of: shape, place)
    if let announced = json["parameters"]?["binary_data_size"] {
      guard let size = announced.integer, (0...binary.count).contains(size) else {
        throw .invalid(
          "\(place): binary_data_size: received \(announced.integer.map { "\($0)" } ?? announced.kind), \(binary.count) bytes are left in the body"
        )
      }
      let bytes = binary.prefix(size)
      binary = binary.dropFirst(size)
      if let width = type.size {
        guard size == count * width else {
          throw .invalid(
            "\(place): received \(size) bytes for shape \(shape) of \(type.rawValue), which takes \(count * width)")
        }
        self.init(name, type, shape: shape, .raw(Array(bytes)))
      } else {
        self.init(name, type, shape: shape, .strings(try Self.strings(lengthPrefixed: bytes, place)))
      }
      return
    }
    guard let data = json["data"] else {
      throw .invalid("\(place): neither data nor binary_data_size; send one of them")
    }
    self.init(name, type, shape: shape, try Self.payload(type, data, "\(place).data"))
  }
}
