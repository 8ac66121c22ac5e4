extension ColumnFill {
  func fillLists(_ rows: some RandomAccessCollection<Int>) throws {
    guard let list = block.lists(column) else { return }
    for row in rows {
      if values.isPresent(row) {
        do {
          try add(row, to: list)
        } catch let fault as FieldFault {
          try report(row, fault, text(of: row))
        }
      }
      list.endRow()
    }
  }

  private func add(_ row: Int, to list: RowLists) throws {
    let range = values.range(row)
    switch block.layout.schema.columns[column].kind {
    case .vector(let width, .list):
      if values.listOffsets == nil { return try addField(row) }
      guard range.isEmpty || range.count == width else { throw FieldFault.width(range.count, width) }
      for place in range { list.add(number: try number(place)) }
    case .bag(_, _, let isWeighted):
      // A field of a text file's own form, or a list's `id:weight`.
      if values.listOffsets == nil || isWeighted {
        for place in range { try addField(place) }
      } else {
        try addTokens(range, to: list)
      }
    case .sequence(_, _, let length):
      if values.listOffsets == nil { return try addField(row) }
      try addTokens(range.suffix(length), to: list)
    default: break
    }
  }

  private func number(_ place: Int) throws -> Float {
    guard values.elementValidity?[place] ?? true else { throw FieldFault.notANumber }
    let value: Float
    switch values.values {
    case .booleans(let values): value = values[place] ? 1 : 0
    case .integers(let values): value = Float(values[place])
    case .floats(let values): value = values[place]
    case .doubles(let values): value = Float(values[place])
    case .text, .dictionary: throw FieldFault.notANumber
    }
    guard value.isFinite else { throw value.isNaN ? FieldFault.notANumber : .notFinite }
    return value
  }

  /// Takes a value as a text file's field.
  private func addField(_ place: Int) throws {
    guard values.elementValidity?[place] ?? true else { return }
    try withBytes(place) { try block.take($0, column: column, row: 0) }
  }

  private func addTokens(_ range: Range<Int>, to list: RowLists) throws {
    let isNumbered = block.layout.radix(column) != nil
    let most = block.layout.rowCount(column)
    for place in range where values.elementValidity?[place] ?? true {
      if isNumbered, case .integers(let numbers) = values.values {
        guard numbers[place] >= 0 else { throw FieldFault.notWhole }
        if let most, numbers[place] >= most { throw FieldFault.outside(rows: most) }
        list.add(token: UInt64(numbers[place]) + 1)
        if block.keepsTokens { list.spans.append(0) }
      } else {
        try withBytes(place) { bytes in
          try ColumnFill.checkLength(bytes)
          try block.addToken(bytes, column: column)
        }
      }
    }
  }

  /// A value's bytes, digits for a whole number.
  private func withBytes(_ place: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    switch values.values {
    case .text(let text):
      try text.bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[text.range(place)])) }
    case .dictionary(let codes, let dictionary):
      let text = dictionary.entries
      try text.bytes.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[text.range(Int(codes[place]))])) }
    case .integers(let numbers): try withDigits { try body($0.write(numbers[place])) }
    case .booleans(let flags): try withDigits { try body($0.write(flags[place] ? 1 : 0)) }
    case .floats(let values):
      guard let whole = Int64(exactly: values[place]) else { throw FieldFault.notWhole }
      try withDigits { try body($0.write(whole)) }
    case .doubles(let values):
      guard let whole = Int64(exactly: values[place]) else { throw FieldFault.notWhole }
      try withDigits { try body($0.write(whole)) }
    }
  }
}
