import CSwiftRec

extension ColumnTransfer {
  /// Calls `body` with the shape and the parts of a column; the parts are there for as long as it runs, and only read.
  static func write<Result>(
    _ column: ColumnValues, _ body: (SRColumnShape, SRColumnParts) throws -> Result
  ) rethrows -> Result {
    var shape = SRColumnShape()
    shape.kind = column.values.kind.code
    shape.rows = Int64(column.count)
    shape.values = Int64(column.values.count)
    shape.is_list = column.listOffsets == nil ? 0 : 1
    return try with(column.validity?.map { $0 ? 1 : 0 as UInt8 }) { validity in
      try with(column.elementValidity?.map { $0 ? 1 : 0 as UInt8 }) { elementValidity in
        try with(column.listOffsets) { listOffsets in
          var parts = SRColumnParts()
          parts.validity = validity
          parts.element_validity = elementValidity
          parts.list_offsets = listOffsets
          return try withValues(column.values) { values, offsets, textBytes in
            parts.values = values
            parts.text_offsets = offsets
            shape.text_bytes = Int64(textBytes)
            return try body(shape, parts)
          }
        }
      }
    }
  }

  private static func withValues<Result>(
    _ values: ColumnValues.Values,
    _ body: (UnsafeMutableRawPointer?, UnsafeMutablePointer<Int32>?, Int) throws -> Result
  ) rethrows -> Result {
    switch values {
    case .booleans(let values):
      return try with(values.map { $0 ? 1 : 0 as UInt8 }) { try body(UnsafeMutableRawPointer($0), nil, 0) }
    case .integers(let values): return try with(values) { try body(UnsafeMutableRawPointer($0), nil, 0) }
    case .floats(let values): return try with(values) { try body(UnsafeMutableRawPointer($0), nil, 0) }
    case .doubles(let values): return try with(values) { try body(UnsafeMutableRawPointer($0), nil, 0) }
    case .text(let text):
      return try with(text.bytes) { bytes in
        try with(text.offsets) { try body(UnsafeMutableRawPointer(bytes), $0, text.bytes.count) }
      }
    case .dictionary:
      // Writers store text with dictionaries of their own, see `ColumnValues.unfolded`.
      return try body(nil, nil, 0)
    }
  }

  /// The bridge's parts are mutable because readers fill them; writers leave them as they are.
  private static func with<Value, Result>(
    _ values: [Value]?, _ body: (UnsafeMutablePointer<Value>?) throws -> Result
  ) rethrows -> Result {
    guard let values else { return try body(nil) }
    return try values.withUnsafeBufferPointer { try body(UnsafeMutablePointer(mutating: $0.baseAddress)) }
  }
}
