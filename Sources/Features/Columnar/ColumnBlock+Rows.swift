extension ColumnBlock {
  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> ColumnBlock {
    ColumnBlock(firstRow: firstRow + range.lowerBound, count: range.count, columns: columns.map { $0.rows(range) })
  }
}

extension ColumnValues {
  /// Some of the rows.
  public func rows(_ range: Range<Int>) -> ColumnValues {
    var part = self
    var elements = range
    if let listOffsets {
      let ends = listOffsets[range.lowerBound...range.upperBound]
      elements = Int(ends[range.lowerBound])..<Int(ends[range.upperBound])
      part.listOffsets = ends.map { $0 - ends[range.lowerBound] }
    }
    part.validity = validity.map { Array($0[range]) }
    part.elementValidity = elementValidity.map { Array($0[elements]) }
    switch values {
    case .booleans(let values): part.values = .booleans(Array(values[elements]))
    case .integers(let values): part.values = .integers(Array(values[elements]))
    case .floats(let values): part.values = .floats(Array(values[elements]))
    case .doubles(let values): part.values = .doubles(Array(values[elements]))
    case .dictionary(let codes, let dictionary): part.values = .dictionary(codes: Array(codes[elements]), dictionary)
    case .text(let text):
      let ends = text.offsets[elements.lowerBound...elements.upperBound]
      let bytes = text.bytes[Int(ends[elements.lowerBound])..<Int(ends[elements.upperBound])]
      part.values = .text(TextValues(bytes: Array(bytes), offsets: ends.map { $0 - ends[elements.lowerBound] }))
    }
    return part
  }
}
