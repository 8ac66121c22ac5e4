extension RowBlock {
  /// Puts what a field's bytes say to a column into a row: the way of every format and of single requests.
  ///
  /// - Throws: the field's fault. Labels and weights are checked with the whole row.
  func take(_ bytes: UnsafeRawBufferPointer, column: Int, row: Int) throws(FieldFault) {
    switch layout.slots[column] {
    case .none: break
    case .number(let slot):
      numberMemory[slot * capacity + row] = bytes.count == 0 ? .nan : try RowBlock.number(bytes)
    case .token: try setToken(bytes, column: column, row: row)
    case .list:
      switch layout.schema.columns[column].kind {
      case .bag(_, let separator, let isWeighted):
        try takeList(bytes, column, separator: separator, isWeighted: isWeighted, last: .max)
      case .sequence(_, let separator, let length):
        try takeList(bytes, column, separator: separator, isWeighted: false, last: length)
      case .vector(let width, .list(let separator)):
        try takeVector(bytes, column, separator: separator, width: width)
      default: break
      }
    }
  }

  static func number(_ bytes: UnsafeRawBufferPointer) throws(FieldFault) -> Float {
    guard let value = FieldNumber.decimal(bytes) else { throw .notANumber }
    guard value.isFinite else { throw .notFinite }
    return value
  }

  private func takeList(
    _ bytes: UnsafeRawBufferPointer, _ column: Int, separator: String, isWeighted: Bool, last: Int
  ) throws(FieldFault) {
    let parts = RowBlock.parts(bytes, FeatureColumn.byte(ofSeparator: separator) ?? 0x20)
    for part in parts.suffix(last) {
      var token = UnsafeRawBufferPointer(rebasing: bytes[part])
      var weight: Float?
      if isWeighted {
        guard let colon = token.lastIndex(of: 0x3a), colon > 0, colon + 1 < token.count else { throw .noWeight }
        weight = try RowBlock.number(UnsafeRawBufferPointer(rebasing: token[(colon + 1)...]))
        token = UnsafeRawBufferPointer(rebasing: token[..<colon])
      }
      try addToken(token, weight: weight, column: column)
    }
  }

  private func takeVector(
    _ bytes: UnsafeRawBufferPointer, _ column: Int, separator: String, width: Int
  ) throws(FieldFault) {
    let parts = RowBlock.parts(bytes, FeatureColumn.byte(ofSeparator: separator) ?? 0x20)
    guard parts.isEmpty || parts.count == width, let list = lists(column) else { throw .width(parts.count, width) }
    for part in parts { list.add(number: try RowBlock.number(UnsafeRawBufferPointer(rebasing: bytes[part]))) }
  }

  /// The pieces between separators, less empty ones.
  private static func parts(_ bytes: UnsafeRawBufferPointer, _ separator: UInt8) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var start = 0
    for place in 0...bytes.count where place == bytes.count || bytes[place] == separator {
      if place > start { parts.append(start..<place) }
      start = place + 1
    }
    return parts
  }
}
