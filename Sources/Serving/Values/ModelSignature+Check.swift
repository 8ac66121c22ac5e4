import Registry

extension ModelSignature {
  /// The values of a request in the signature's order, each of its type and shape, sizes and numbers sound.
  ///
  /// - Returns: the values, and how many rows they are; 1 for a model that joins no rows.
  /// - Throws: `ServingError` that names the input, what was received and what is expected.
  func check(_ values: [WireValue], maxRows: Int) throws(ServingError) -> (values: [WireValue], rows: Int) {
    for value in values where !inputs.contains(where: { $0.name == value.name }) {
      throw .invalid(
        "input \"\(value.name)\" is unknown; the model takes \(inputs.map { "\"\($0.name)\"" }.joined(separator: ", "))"
      )
    }
    var ordered: [WireValue] = []
    var rows: Int?
    for input in inputs {
      let given = values.filter { $0.name == input.name }
      guard let value = given.first, given.count == 1 else {
        throw .invalid("input \"\(input.name)\" came \(given.count) times; send it once")
      }
      try input.check(value)
      if isBatched, let first = value.shape.first {
        guard rows == nil || rows == first else {
          throw .invalid(
            "input \"\(input.name)\" has \(first) rows, the ones before have \(rows ?? 0); send as many rows of each input"
          )
        }
        rows = first
      }
      ordered.append(value)
    }
    let count = rows ?? 1
    guard (1...maxRows).contains(count) else {
      throw .invalid("received \(count) rows, expected 1 to \(maxRows); send them in several requests")
    }
    return (ordered, count)
  }
}

extension TensorSignature {
  fileprivate func check(_ value: WireValue) throws(ServingError) {
    let place = "input \"\(name)\""
    guard value.type == type else {
      throw .invalid("\(place): received datatype \(value.type.rawValue), expected \(type.rawValue)")
    }
    guard value.shape.count == shape.count, zip(value.shape, shape).allSatisfy({ $1 < 0 || $0 == $1 }) else {
      throw .invalid("\(place): received shape \(value.shape), expected \(shape) (-1 is any length)")
    }
    let expected = try WireValue.elements(of: value.shape, place)
    switch value.payload {
    case .raw(let bytes):
      guard let size = type.size, bytes.count == expected * size else {
        throw .invalid(
          "\(place): received \(value.count) values for shape \(value.shape), which has \(expected); send all of them")
      }
      guard Self.areFinite(bytes, type) else {
        throw .invalid("\(place): received NaN or an infinity; send finite numbers")
      }
    case .strings(let strings):
      guard type == .bytes, strings.count == expected else {
        throw .invalid(
          "\(place): received \(strings.count) strings for shape \(value.shape), which has \(expected); send all of them"
        )
      }
    }
  }

  private static func areFinite(_ bytes: [UInt8], _ type: WireType) -> Bool {
    bytes.withUnsafeBytes { raw in
      switch type {
      case .float16:
        stride(from: 0, to: raw.count - 1, by: 2).allSatisfy {
          raw.loadUnaligned(fromByteOffset: $0, as: UInt16.self) & 0x7C00 != 0x7C00
        }
      case .float32:
        stride(from: 0, to: raw.count - 3, by: 4).allSatisfy {
          raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self) & 0x7F80_0000 != 0x7F80_0000
        }
      case .float64:
        stride(from: 0, to: raw.count - 7, by: 8).allSatisfy {
          Double(bitPattern: raw.loadUnaligned(fromByteOffset: $0, as: UInt64.self)).isFinite
        }
      default: true
      }
    }
  }
}
