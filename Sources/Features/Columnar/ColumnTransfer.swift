import CSwiftRec

/// Moves columns between Swift's arrays and the Arrow bridge.
enum ColumnTransfer {
  /// Copies a column of the reader's current block.
  static func read(_ reader: ParquetReader, group: Int, place: Int) throws -> ColumnValues {
    var shape = SRColumnShape()
    try reader.call(group: group, place: place) { $0.reader_shape($1, Int64(place), &shape) }
    let rows = Int(shape.rows)
    let count = Int(shape.values)

    /// One part of the column, copied straight into a new array.
    func copy<Value>(_ count: Int, _ set: (inout SRColumnParts, UnsafeMutableBufferPointer<Value>) -> Void) throws
      -> [Value]
    {
      try [Value](unsafeUninitializedCapacity: count) { memory, filled in
        var parts = SRColumnParts()
        set(&parts, memory)
        try reader.call(group: group, place: place) { $0.reader_copy($1, Int64(place), &parts) }
        filled = count
      }
    }
    func values<Value>(_ count: Int) throws -> [Value] {
      try copy(count) { $0.values = UnsafeMutableRawPointer($1.baseAddress) }
    }
    func text(_ count: Int) throws -> TextValues {
      var offsets: [Int32] = []
      let size = Int(shape.text_bytes)
      let bytes = try [UInt8](unsafeUninitializedCapacity: size) { memory, filled in
        offsets = try copy(count + 1) { parts, offsets in
          parts.values = UnsafeMutableRawPointer(memory.baseAddress)
          parts.text_offsets = offsets.baseAddress
        }
        filled = size
      }
      return TextValues(bytes: bytes, offsets: offsets)
    }
    /// The bridge writes 0 and 1, which is what a Bool is.
    func flags(_ part: WritableKeyPath<SRColumnParts, UnsafeMutablePointer<UInt8>?>, _ count: Int) throws -> [Bool] {
      try copy(count) { parts, memory in
        parts[keyPath: part] = UnsafeMutableRawPointer(memory.baseAddress)?.assumingMemoryBound(to: UInt8.self)
      }
    }

    let found: ColumnValues.Values
    switch ColumnKind(code: shape.kind) {
    case .booleans: found = .booleans(try values(count))
    case .integers: found = .integers(try values(count))
    case .floats: found = .floats(try values(count))
    case .doubles: found = .doubles(try values(count))
    case .text: found = .text(try text(count))
    case .dictionary:
      let dictionary = try reader.dictionary(place: place, number: Int(shape.dictionary)) {
        try text(Int(shape.entries))
      }
      found = .dictionary(codes: try copy(count) { $0.codes = $1.baseAddress }, dictionary)
    case nil:
      throw DataError(
        .corruptedFile, file: reader.path, "row group \(group) has a column of a type that its schema does not name",
        received: "\(shape.kind)", remedy: "write the file again")
    }
    return ColumnValues(
      found, listOffsets: shape.is_list != 0 ? try copy(rows + 1) { $0.list_offsets = $1.baseAddress } : nil,
      validity: shape.has_nulls != 0 ? try flags(\.validity, rows) : nil,
      elementValidity: shape.has_element_nulls != 0 ? try flags(\.element_validity, count) : nil)
  }
}
