import CSwiftRec

/// Moves columns between Swift's arrays and the Arrow bridge.
enum ColumnTransfer {
  /// Copies a column of the reader's current block.
  static func read(_ reader: ParquetReader, group: Int, place: Int) throws -> ColumnValues {
    var shape = SRColumnShape()
    try reader.call(group: group, place: place) { $0.reader_shape($1, Int64(place), &shape) }
    let rows = Int(shape.rows)
    let count = Int(shape.values)

    func part<Value>(_ count: Int, _ part: WritableKeyPath<SRColumnParts, UnsafeMutablePointer<Value>?>) throws
      -> [Value]
    {
      try [Value](unsafeUninitializedCapacity: count) { memory, filled in
        var parts = SRColumnParts()
        parts[keyPath: part] = memory.baseAddress
        try reader.call(group: group, place: place) { $0.reader_copy($1, Int64(place), &parts) }
        filled = count
      }
    }
    func values<Value>(_ count: Int) throws -> [Value] {
      try [Value](unsafeUninitializedCapacity: count) { memory, filled in
        var parts = SRColumnParts()
        parts.values = UnsafeMutableRawPointer(memory.baseAddress)
        try reader.call(group: group, place: place) { $0.reader_copy($1, Int64(place), &parts) }
        filled = count
      }
    }
    func flags(_ flags: WritableKeyPath<SRColumnParts, UnsafeMutablePointer<UInt8>?>, _ count: Int) throws -> [Bool] {
      try part(count, flags).map { $0 != 0 }
    }

    let found: ColumnValues.Values
    switch ColumnKind(code: shape.kind) {
    case .booleans: found = .booleans(try (values(count) as [UInt8]).map { $0 != 0 })
    case .integers: found = .integers(try values(count))
    case .floats: found = .floats(try values(count))
    case .doubles: found = .doubles(try values(count))
    case .text:
      found = .text(TextValues(bytes: try values(Int(shape.text_bytes)), offsets: try part(count + 1, \.text_offsets)))
    case .dictionary:
      found = .dictionary(
        codes: try part(count, \.codes),
        entries: TextValues(
          bytes: try values(Int(shape.text_bytes)), offsets: try part(Int(shape.entries) + 1, \.text_offsets)))
    case nil:
      throw DataError(
        .corruptedFile, file: reader.path, "row group \(group) has a column of a type that its schema does not name",
        received: "\(shape.kind)", remedy: "write the file again")
    }
    return ColumnValues(
      found, listOffsets: shape.is_list != 0 ? try part(rows + 1, \.list_offsets) : nil,
      validity: shape.has_nulls != 0 ? try flags(\.validity, rows) : nil,
      elementValidity: shape.has_element_nulls != 0 ? try flags(\.element_validity, count) : nil)
  }
}
