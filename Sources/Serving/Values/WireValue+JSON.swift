import Registry

extension WireValue {
  /// Reads numbers, booleans or strings, nested or flat, as values of a type.
  ///
  /// - Parameter place: where they stood, as an error says it.
  static func payload(_ type: WireType, _ data: JSONValue, _ place: String) throws(ServingError) -> Payload {
    if type == .bytes {
      var values: [[UInt8]] = []
      try visit(data, place) { (value, place) throws(ServingError) in
        guard let text = value.string else { throw wrong(value, "a string", place) }
        values.append(Array(text.utf8))
      }
      return .strings(values)
    }
    var bytes: [UInt8] = []
    if let items = data.array { bytes.reserveCapacity(items.count * (type.size ?? 1)) }
    switch type {
    case .bool:
      try visit(data, place) { (value, place) throws(ServingError) in
        guard let flag = value.bool ?? value.integer.flatMap({ [0: false, 1: true][$0] }) else {
          throw wrong(value, "true or false", place)
        }
        bytes.append(flag ? 1 : 0)
      }
    case .uint8: try whole(UInt8.self, data, place, &bytes)
    case .int8: try whole(Int8.self, data, place, &bytes)
    case .int16: try whole(Int16.self, data, place, &bytes)
    case .int32: try whole(Int32.self, data, place, &bytes)
    case .int64: try whole(Int64.self, data, place, &bytes)
    case .float16:
      try fractions(data, place) {
        Swift.withUnsafeBytes(of: Float16($0).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      }
    case .float32:
      try fractions(data, place) {
        Swift.withUnsafeBytes(of: Float($0).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      }
    case .float64:
      try fractions(data, place) {
        Swift.withUnsafeBytes(of: $0.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      }
    case .bytes: break
    }
    return .raw(bytes)
  }

  /// The lengths of nested lists, the outermost first; a single value has none.
  static func shape(of data: JSONValue) -> [Int] {
    var shape: [Int] = []
    var level = data
    while case .array(let items) = level {
      shape.append(items.count)
      guard let first = items.first else { break }
      level = first
    }
    return shape
  }

  private static func visit(
    _ value: JSONValue, _ place: String, _ body: (JSONValue, String) throws(ServingError) -> Void
  ) throws(ServingError) {
    guard case .array(let items) = value else { return try body(value, place) }
    for item in items {
      if case .array = item { try visit(item, place, body) } else { try body(item, place) }
    }
  }

  private static func wrong(_ value: JSONValue, _ expected: String, _ place: String) -> ServingError {
    .invalid("\(place): received \(value.kind), expected \(expected); send values of the datatype")
  }

  private static func whole<Number: FixedWidthInteger>(
    _ type: Number.Type, _ data: JSONValue, _ place: String, _ bytes: inout [UInt8]
  ) throws(ServingError) {
    try visit(data, place) { (value, place) throws(ServingError) in
      let number: Number? =
        switch value {
        case .integer(let value): Number(exactly: value)
        case .number(let value): Number(exactly: value)
        default: nil
        }
      guard let number else {
        throw ServingError.invalid(
          "\(place): received \(value.double.map { "\($0)" } ?? value.kind), expected a whole number from \(Number.min) to \(Number.max)"
        )
      }
      Swift.withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
  }

  private static func fractions(_ data: JSONValue, _ place: String, _ put: (Double) -> Void) throws(ServingError) {
    try visit(data, place) { (value, place) throws(ServingError) in
      guard let number = value.double else { throw wrong(value, "a number", place) }
      put(number)
    }
  }

  // MARK: Writing

  /// The values as one flat list.
  func write(into json: inout JSONWriter) {
    switch payload {
    case .strings(let values):
      json.array { for value in values { $0.string(String(decoding: value, as: UTF8.self)) } }
    case .raw(let bytes):
      bytes.withUnsafeBytes { raw in
        json.array { json in
          switch type {
          case .bool: for byte in raw { json.bool(byte != 0) }
          case .uint8: for byte in raw { json.integer(byte) }
          case .int8: Self.each(raw, Int8.self) { json.integer($0) }
          case .int16: Self.each(raw, Int16.self) { json.integer($0) }
          case .int32: Self.each(raw, Int32.self) { json.integer($0) }
          case .int64: Self.each(raw, Int64.self) { json.integer($0) }
          case .float16: Self.each(raw, UInt16.self) { json.number(Float(Float16(bitPattern: $0))) }
          case .float32: Self.each(raw, UInt32.self) { json.number(Float(bitPattern: $0)) }
          case .float64: Self.each(raw, UInt64.self) { json.number(Double(bitPattern: $0)) }
          case .bytes: break
          }
        }
      }
    }
  }

  private static func each<Number: FixedWidthInteger>(
    _ raw: UnsafeRawBufferPointer, _ type: Number.Type, _ body: (Number) -> Void
  ) {
    for offset in stride(
      from: 0, to: raw.count / MemoryLayout<Number>.size * MemoryLayout<Number>.size, by: MemoryLayout<Number>.size)
    {
      body(Number(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: Number.self)))
    }
  }
}
